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

-- name: set_calling_hours
UPDATE organisations SET calling_from = $2, calling_until = $3 WHERE id = $1 RETURNING *

-- name: webhook_secret
SELECT webhook_secret FROM organisations WHERE id = $1

-- name: get_limit
SELECT used, capacity FROM limits WHERE organisation_id = $1 AND kind = 'organisation' AND key = $1

-- name: set_limit
UPDATE limits SET capacity = $2 WHERE organisation_id = $1 AND kind = 'organisation' AND key = $1
RETURNING used, capacity

-- name: insert_key
INSERT INTO api_keys (id, organisation_id, name, prefix, hash, sandbox, purpose, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING *

-- name: keys
SELECT * FROM api_keys WHERE organisation_id = $1 ORDER BY created_at, id

-- name: revoke_key
UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3) WHERE organisation_id = $1 AND id = $2 RETURNING *

-- name: find_key
-- The one statement that is not narrowed by organisation: it finds out which one it is.
SELECT o.*, k.id AS key_id, k.sandbox, k.purpose, k.expires_at,
       k.last_used_at IS NULL OR k.last_used_at < $2::timestamptz - interval '1 minute' AS stale
FROM api_keys k JOIN organisations o ON o.id = k.organisation_id
WHERE k.hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2)

-- name: touch_key
UPDATE api_keys SET last_used_at = $2 WHERE id = $1

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
