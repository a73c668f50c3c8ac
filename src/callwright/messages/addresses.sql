-- name: insert_sender
INSERT INTO senders (id, organisation_id, owner_id, channel, address, name, verified_by, verified_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $7::text IS NOT NULL THEN now() END)
ON CONFLICT (organisation_id, channel, address) DO NOTHING
RETURNING *

-- name: page_of_senders
SELECT * FROM senders
WHERE organisation_id = $1 AND ($2::text IS NULL OR channel = $2) AND ($3::bigint IS NULL OR number < $3)
  AND ($5::text IS NULL OR owner_id = $5 OR owner_id IS NULL)
ORDER BY number DESC
LIMIT $4

-- name: get_sender
SELECT * FROM senders
WHERE organisation_id = $1 AND id = $2 AND ($3::text IS NULL OR owner_id = $3 OR owner_id IS NULL)

-- name: lock_sender
SELECT * FROM senders WHERE organisation_id = $1 AND id = $2 AND ($3::text IS NULL OR owner_id = $3) FOR UPDATE

-- name: change_sender
UPDATE senders SET name = $3, inbound = $4 WHERE organisation_id = $1 AND id = $2 RETURNING *

-- name: make_default
UPDATE senders SET is_default = (id = $3)
WHERE organisation_id = $1 AND channel = $2 AND is_default IS DISTINCT FROM (id = $3)

-- name: verify_sender
UPDATE senders SET verified_by = $3, verified_at = now()
WHERE organisation_id = $1 AND (id = $2 OR address = $2)
RETURNING *

-- name: delete_sender
DELETE FROM senders WHERE organisation_id = $1 AND id = $2

-- name: usable_senders
-- The default first, then the oldest; a verified caller id may be written from as well.
SELECT address, name, is_default FROM (
    SELECT s.address, s.name, s.is_default, s.number, 0 AS kind FROM senders s
    WHERE s.organisation_id = $1 AND s.channel = $2 AND s.verified_at IS NOT NULL
      AND ($3::text IS NULL OR s.owner_id = $3 OR s.owner_id IS NULL)
    UNION ALL
    SELECT n.e164, NULL, false, n.number, 1 FROM numbers n
    WHERE $2 = 'sms' AND n.organisation_id = $1 AND n.verified_at IS NOT NULL AND n.enabled
      AND ($3::text IS NULL OR n.owner_id = $3 OR n.owner_id IS NULL)
) AS usable
ORDER BY is_default DESC, kind, number

-- name: number_is_proved
SELECT EXISTS (
    SELECT FROM numbers WHERE organisation_id = $1 AND e164 = $2 AND verified_at IS NOT NULL AND enabled
)
