-- name: attempts_of_calls
SELECT * FROM attempts WHERE organisation_id = $1 AND call_id = ANY($2::text[]) ORDER BY call_id, ordinal

-- name: transfers_of_calls
SELECT id, call_id, attempt_id, destination, state, q850_cause, sip_status, started_at, connected_at, ended_at
FROM transfers WHERE organisation_id = $1 AND call_id = ANY($2::text[]) ORDER BY call_id, id

-- name: charges_of_calls
-- By attempt and by transfer; what is still held is not charged yet.
SELECT call_id, subject, charged FROM charges
WHERE organisation_id = $1 AND call_id = ANY($2::text[]) AND charged IS NOT NULL

-- name: moments_of_calls
-- Committed ones, numbered or not yet: this is no feed.
SELECT subject, type, body, created_at FROM events
WHERE organisation_id = $1 AND subject = ANY($2::text[]) AND type = ANY($3::text[])
ORDER BY subject, id
