-- name: insert_session
INSERT INTO sessions (
    id, organisation_id, user_id, hash, sandbox, created_at, expires_at, last_seen_at, address, user_agent,
    second_factor_at
)
SELECT $1, $2, id, $4, $5, $6, $7, $6, $8, $9, $10
FROM users
WHERE organisation_id = $2 AND id = $3 AND password_hash = $11 AND disabled_at IS NULL AND deleted_at IS NULL
FOR SHARE
RETURNING *

-- name: note_sign_in
UPDATE users SET last_login_at = $3 WHERE organisation_id = $1 AND id = $2

-- name: find_session
-- Not narrowed by organisation: it finds out which one it is.
SELECT o.*, s.id AS session_id, s.sandbox, s.user_id, u.role, u.fenced,
       s.last_seen_at < $2::timestamptz - interval '1 minute' AS stale
FROM sessions s
JOIN organisations o ON o.id = s.organisation_id
JOIN users u ON u.id = s.user_id
WHERE s.hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND s.last_seen_at > $2::timestamptz - $3::interval
  AND u.disabled_at IS NULL AND u.deleted_at IS NULL

-- name: touch_session
UPDATE sessions SET last_seen_at = $2 WHERE id = $1

-- name: page_of_sessions
SELECT * FROM sessions
WHERE organisation_id = $1 AND user_id = $2
  AND ended_at IS NULL AND expires_at > $3 AND last_seen_at > $3::timestamptz - $4::interval
  AND ($5::text IS NULL OR id < $5)
ORDER BY id DESC
LIMIT $6

-- name: end_session
UPDATE sessions SET ended_at = $4
WHERE organisation_id = $1 AND user_id = $2 AND id = $3 AND ended_at IS NULL
RETURNING id

-- name: delete_old_sessions
DELETE FROM sessions WHERE expires_at < $1
