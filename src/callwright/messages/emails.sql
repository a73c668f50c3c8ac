-- name: sender_of_email
-- Its own name; the signature of its domain may be another sender's of the organisation.
SELECT
    (SELECT s.name FROM senders s WHERE s.organisation_id = $1 AND s.channel = 'email' AND s.address = $2) AS name,
    d.dkim_domain, d.dkim_selector, d.dkim_key
FROM (SELECT 1) AS one LEFT JOIN LATERAL (
    SELECT s.dkim_domain, s.dkim_selector, s.dkim_key FROM senders s
    WHERE s.organisation_id = $1 AND s.channel = 'email' AND s.dkim_key IS NOT NULL AND s.verified_at IS NOT NULL
      AND (split_part($2, '@', 2) = s.dkim_domain OR split_part($2, '@', 2) LIKE '%.' || s.dkim_domain)
    ORDER BY s.address = $2 DESC, length(s.dkim_domain) DESC, s.number
    LIMIT 1
) AS d ON true

-- name: lock_email_sender
SELECT * FROM senders
WHERE organisation_id = $1 AND id = $2 AND channel = 'email' AND ($3::text IS NULL OR owner_id = $3)
FOR UPDATE

-- name: set_dkim
UPDATE senders SET dkim_domain = $3, dkim_selector = $4, dkim_key = $5 WHERE organisation_id = $1 AND id = $2

-- name: set_code
INSERT INTO sender_codes (sender_id, hash, expires_at) VALUES ($1, $2, now() + $3::interval)
ON CONFLICT (sender_id) DO UPDATE SET hash = excluded.hash, wrong = 0, expires_at = excluded.expires_at, created_at = now()

-- name: recent_code
SELECT created_at > now() - $2::interval FROM sender_codes WHERE sender_id = $1

-- name: lock_code
SELECT hash, wrong, expires_at > now() AS fresh FROM sender_codes WHERE sender_id = $1 FOR UPDATE

-- name: wrong_code
UPDATE sender_codes SET wrong = wrong + 1 WHERE sender_id = $1

-- name: used_code
DELETE FROM sender_codes WHERE sender_id = $1

-- name: person_of_email
SELECT organisation_id, to_address, sandbox FROM messages WHERE id = $1 AND channel = 'email' AND direction = 'outbound'

-- name: count_email
-- $5: more kinds of links than a mail has are somebody's play.
INSERT INTO email_counts AS c (message_id, kind, url)
SELECT m.id, $2, $3 FROM messages m
WHERE m.id = $1 AND m.channel = 'email'
  AND (EXISTS (SELECT FROM email_counts k WHERE k.message_id = $1 AND k.kind = $2 AND k.url = $3)
       OR (SELECT count(*) FROM email_counts k WHERE k.message_id = $1) < $4)
ON CONFLICT (message_id, kind, url) DO UPDATE SET times = c.times + 1, last_at = now()
RETURNING c.times

-- name: email_by_id
SELECT * FROM messages WHERE id = $1 AND channel = 'email'

-- name: counts_of_email
SELECT c.kind, c.url, c.times, c.first_at, c.last_at
FROM email_counts c JOIN messages m ON m.id = c.message_id
WHERE m.organisation_id = $1 AND m.id = $2
ORDER BY c.kind DESC, c.first_at, c.url

-- name: prove_sender
UPDATE senders SET verified_by = 'code', verified_at = now() WHERE organisation_id = $1 AND id = $2
