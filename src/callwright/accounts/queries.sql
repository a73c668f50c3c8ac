-- name: insert_organisation
INSERT INTO organisations (id, name, time_zone, region, webhook_secret) VALUES ($1, $2, $3, $4, $5) RETURNING *

-- name: insert_event_sequence
INSERT INTO event_sequences (organisation_id) VALUES ($1)

-- name: insert_organisation_limit
INSERT INTO limits (organisation_id, kind, key, capacity) VALUES ($1, 'organisation', $1, $2)

-- name: organisations
SELECT * FROM organisations ORDER BY number

-- name: get_organisation
SELECT * FROM organisations WHERE id = $1

-- name: find_organisations
SELECT * FROM organisations WHERE id = $1 OR number::text = $1 OR name = $1 ORDER BY number

-- name: lock_organisation
SELECT * FROM organisations WHERE id = $1 FOR UPDATE

-- name: set_organisation
UPDATE organisations SET
    name = $2, time_zone = $3, region = $4, voice = $5, calling_from = $6, calling_until = $7, spoken_name = $8,
    callback_days = $9, dialect_options = $10
WHERE id = $1
RETURNING *

-- name: set_operates
UPDATE organisations SET operates = $2 WHERE id = $1 AND operates <> $2 RETURNING operates

-- name: webhook_secret
SELECT webhook_secret FROM organisations WHERE id = $1

-- name: get_limit
SELECT used, capacity FROM limits WHERE organisation_id = $1 AND kind = 'organisation' AND key = $1

-- name: lock_limit
SELECT used, capacity FROM limits WHERE organisation_id = $1 AND kind = 'organisation' AND key = $1 FOR UPDATE

-- name: set_limit
UPDATE limits SET capacity = $2 WHERE organisation_id = $1 AND kind = 'organisation' AND key = $1
RETURNING used, capacity

-- name: lock_rate
SELECT calls_per_second FROM limits WHERE organisation_id = $1 AND kind = 'organisation' AND key = $1 FOR UPDATE

-- name: set_rate
UPDATE limits SET calls_per_second = $2 WHERE organisation_id = $1 AND kind = 'organisation' AND key = $1

-- name: lock_idempotency_key
SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2, 0))

-- name: find_answer
SELECT request_hash, status, body FROM idempotency
WHERE organisation_id = $1 AND key = $2 AND created_at > $3

-- name: save_answer
INSERT INTO idempotency (organisation_id, key, request_hash, status, body, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (organisation_id, key) DO UPDATE SET
    request_hash = EXCLUDED.request_hash, status = EXCLUDED.status, body = EXCLUDED.body,
    created_at = EXCLUDED.created_at

-- name: delete_old_answers
DELETE FROM idempotency WHERE created_at <= $1
