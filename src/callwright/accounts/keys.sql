-- name: insert_key
INSERT INTO api_keys (
    id, organisation_id, name, prefix, hash, sandbox, purpose, created_at, expires_at, user_id, created_by, permissions,
    dialect, token, rotated_from
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
RETURNING *

-- name: person_of_key
SELECT role, fenced FROM users
WHERE organisation_id = $1 AND id = $2 AND disabled_at IS NULL AND deleted_at IS NULL

-- name: keys
SELECT * FROM api_keys WHERE organisation_id = $1 ORDER BY created_at, id

-- name: page_of_keys
SELECT * FROM api_keys
WHERE organisation_id = $1
  AND ($2::text IS NULL OR user_id = $2)
  AND ($3::text IS NULL OR id < $3)
ORDER BY id DESC
LIMIT $4

-- name: lock_key
SELECT * FROM api_keys WHERE organisation_id = $1 AND id = $2 AND ($3::text IS NULL OR user_id = $3) FOR UPDATE

-- name: key_token
SELECT token FROM api_keys WHERE organisation_id = $1 AND id = $2 AND ($3::text IS NULL OR user_id = $3)

-- name: revoke_key
UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3) WHERE organisation_id = $1 AND id = $2 RETURNING *

-- name: end_key_by
UPDATE api_keys SET expires_at = least(coalesce(expires_at, 'infinity'), $3::timestamptz)
WHERE organisation_id = $1 AND id = $2
RETURNING *

-- name: find_key
-- Not narrowed by organisation: it finds out which one it is.
SELECT o.*, k.id AS key_id, k.sandbox, k.purpose, k.expires_at, k.permissions, k.user_id, u.role, u.fenced,
       k.last_used_at IS NULL OR k.last_used_at < $2::timestamptz - interval '1 minute' AS stale
FROM api_keys k
JOIN organisations o ON o.id = k.organisation_id
LEFT JOIN users u ON u.id = k.user_id
WHERE k.hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2)
  AND k.dialect IS NOT DISTINCT FROM $3
  AND (k.user_id IS NULL OR (u.disabled_at IS NULL AND u.deleted_at IS NULL))

-- name: touch_key
UPDATE api_keys SET last_used_at = $2 WHERE id = $1
