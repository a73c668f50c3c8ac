-- name: lock_sending
-- One at a time an organisation: what was sent is counted, then one more is.
SELECT pg_advisory_xact_lock(hashtextextended('verifications ' || $1, 0))

-- name: limits
SELECT per_destination_hour, per_key_hour, per_organisation_day FROM verification_limits WHERE organisation_id = $1

-- name: set_limits
INSERT INTO verification_limits (organisation_id, per_destination_hour, per_key_hour, per_organisation_day)
VALUES ($1, $2, $3, $4)
ON CONFLICT (organisation_id) DO UPDATE SET
    per_destination_hour = excluded.per_destination_hour, per_key_hour = excluded.per_key_hour,
    per_organisation_day = excluded.per_organisation_day

-- name: sent
-- How many were sent since a time, and when the one was that must be forgotten before one more may be sent.
SELECT count(*) AS n, (array_agg(v.created_at ORDER BY v.created_at DESC))[$6::integer] AS nth
FROM verifications v
WHERE v.organisation_id = $1 AND v.sandbox = $2 AND v.created_at > $3
  AND ($4::text IS NULL OR v.to_number = $4)
  AND ($5::text IS NULL OR coalesce(v.key_id, v.owner_id) = $5)
  AND (v.number_id IS NOT NULL) = $7

-- name: insert_verification
INSERT INTO verifications (
    id, organisation_id, number_id, key_id, owner_id, sandbox, to_number, method, code_hash, code_length, language,
    call_id, message_id, expires_at, created_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
RETURNING *

-- name: end_earlier
-- Of one number only the last code counts.
UPDATE verifications SET state = 'cancelled', ended_at = $4, reason = 'another code was sent'
WHERE organisation_id = $1 AND number_id = $2 AND sandbox = $3 AND state = 'pending'

-- name: get_verification
SELECT * FROM verifications
WHERE organisation_id = $1 AND id = $2 AND number_id IS NULL AND sandbox = $3

-- name: lock_verification
SELECT * FROM verifications
WHERE organisation_id = $1 AND id = $2 AND number_id IS NULL AND sandbox = $3
FOR UPDATE

-- name: lock_verification_of_number
SELECT * FROM verifications
WHERE organisation_id = $1 AND number_id = $2 AND sandbox = $3
ORDER BY number DESC
LIMIT 1
FOR UPDATE

-- name: page_of_verifications
SELECT * FROM verifications
WHERE organisation_id = $1 AND sandbox = $2 AND number_id IS NULL AND ($3::bigint IS NULL OR number < $3)
  AND ($5::text IS NULL OR to_number = $5)
ORDER BY number DESC
LIMIT $4

-- name: count_attempt
UPDATE verifications SET attempts = attempts + 1 WHERE organisation_id = $1 AND id = $2 RETURNING *

-- name: end_verification
UPDATE verifications SET state = $3, reason = $4, ended_at = $5 WHERE organisation_id = $1 AND id = $2 RETURNING *

-- name: caller_id_to_prove
-- A number that nobody has verified yet; one that is known stays as it is.
INSERT INTO numbers (id, organisation_id, e164, owner_id) VALUES ($1, $2, $3, $4)
ON CONFLICT (organisation_id, e164) DO UPDATE SET e164 = excluded.e164
RETURNING *

-- name: caller_id_proved
-- In the sandbox nothing is proved: it has no time, so no call may show it.
UPDATE numbers SET verified_by = $3, verified_at = $4
WHERE organisation_id = $1 AND id = $2 AND verified_at IS NULL
RETURNING *

-- name: number_to_call_from
-- The organisation's own, else one of who runs a line that it shares.
SELECT n.e164 FROM numbers n
WHERE n.enabled AND n.verified_at IS NOT NULL AND n.e164 <> $2
  AND (n.organisation_id = $1
       OR n.organisation_id IN (SELECT t.organisation_id FROM trunks t WHERE t.shared AND t.enabled AND t.kind = 'sip'))
ORDER BY n.organisation_id <> $1, n.number
LIMIT 1

-- name: sender_to_text_from
-- The organisation's own, its default first, else one of who runs a route that it shares.
SELECT s.address FROM (
    SELECT organisation_id, address, is_default, number FROM senders WHERE channel = 'sms' AND verified_at IS NOT NULL
    UNION ALL
    SELECT organisation_id, e164, false, number FROM numbers WHERE enabled AND verified_at IS NOT NULL
) AS s
WHERE s.address <> $2
  AND (s.organisation_id = $1
       OR s.organisation_id IN (SELECT r.organisation_id FROM routes r
                                WHERE r.shared AND r.enabled AND r.channel = 'sms' AND r.kind <> 'lab'))
ORDER BY s.organisation_id <> $1, s.is_default DESC, s.number
LIMIT 1

-- name: can_text
SELECT EXISTS (
    SELECT FROM routes r
    WHERE r.enabled AND r.channel = 'sms' AND (r.shared OR r.organisation_id = $1) AND (r.kind = 'lab') = $2
)
