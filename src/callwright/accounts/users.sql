-- name: insert_user
INSERT INTO users (
    id, organisation_id, email, name, username, phone, company, role, fenced, password_hash, password_changed_at,
    created_at, updated_at, first_name, last_name
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CASE WHEN $10::text IS NOT NULL THEN $11::timestamptz END, $11, $11, $12,
    $13)
RETURNING *

-- name: page_of_users
SELECT * FROM users
WHERE organisation_id = $1 AND deleted_at IS NULL
  AND ($2::text IS NULL OR lower(email) = lower($2))
  AND ($3::text IS NULL OR role = $3)
  AND ($4::boolean IS NULL OR fenced = $4)
  AND ($5::bigint IS NULL OR number < $5)
ORDER BY number DESC
LIMIT $6

-- name: get_user
SELECT * FROM users WHERE organisation_id = $1 AND id = $2 AND deleted_at IS NULL

-- name: lock_user
SELECT * FROM users WHERE organisation_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE

-- name: find_users
SELECT * FROM users
WHERE organisation_id = $1 AND deleted_at IS NULL AND (id = $2 OR number::text = $2 OR lower(email) = lower($2))

-- name: find_user_by_email
-- Across organisations: an email is unique in the appliance, and who signs in says no organisation.
SELECT u.*, o.name AS organisation FROM users u JOIN organisations o ON o.id = u.organisation_id
WHERE lower(u.email) = lower($1) AND u.deleted_at IS NULL

-- name: lock_organisation_of_users
-- One change of owners at a time.
SELECT FROM organisations WHERE id = $1 FOR UPDATE

-- name: active_owners
SELECT count(*) FROM users
WHERE organisation_id = $1 AND role = 'owner' AND disabled_at IS NULL AND deleted_at IS NULL

-- name: set_user
UPDATE users SET email = $3, name = $4, username = $5, phone = $6, company = $7, role = $8, fenced = $9,
    disabled_at = $10, first_name = $11, last_name = $12, updated_at = now()
WHERE organisation_id = $1 AND id = $2
RETURNING *

-- name: delete_user
UPDATE users SET deleted_at = $3, password_hash = NULL, totp_secret = NULL, totp_confirmed_at = NULL,
    recovery_codes = '{}'
WHERE organisation_id = $1 AND id = $2

-- name: end_keys_of_user
UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3) WHERE organisation_id = $1 AND user_id = $2

-- name: end_sessions_of_user
UPDATE sessions SET ended_at = $3
WHERE organisation_id = $1 AND user_id = $2 AND ended_at IS NULL AND ($4::text IS NULL OR id <> $4)

-- name: organisation_name
SELECT name FROM organisations WHERE id = $1

-- name: set_password
UPDATE users SET password_hash = $3, password_changed_at = $4 WHERE organisation_id = $1 AND id = $2

-- name: rehash_password
UPDATE users SET password_hash = $4 WHERE organisation_id = $1 AND id = $2 AND password_hash = $3

-- name: insert_link
INSERT INTO user_links (id, organisation_id, user_id, kind, hash, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: use_links
-- All open ones of the person: a password that was chosen makes the others worthless.
UPDATE user_links SET used_at = $3 WHERE organisation_id = $1 AND user_id = $2 AND used_at IS NULL

-- name: find_link
-- Across organisations: the token says which one it is.
SELECT l.id, l.kind, l.organisation_id, l.user_id, o.name AS organisation
FROM user_links l
JOIN users u ON u.id = l.user_id
JOIN organisations o ON o.id = l.organisation_id
WHERE l.hash = $1 AND l.used_at IS NULL AND l.expires_at > $2 AND u.deleted_at IS NULL AND u.disabled_at IS NULL
FOR UPDATE OF l, u

-- name: delete_old_links
DELETE FROM user_links WHERE expires_at < $1

-- name: start_second_factor
UPDATE users SET totp_secret = $3, totp_confirmed_at = NULL, totp_last_step = NULL, recovery_codes = '{}'
WHERE organisation_id = $1 AND id = $2 AND totp_confirmed_at IS NULL
RETURNING id

-- name: confirm_second_factor
UPDATE users SET totp_confirmed_at = $3, totp_last_step = $4, recovery_codes = $5
WHERE organisation_id = $1 AND id = $2

-- name: end_second_factor
UPDATE users SET totp_secret = NULL, totp_confirmed_at = NULL, totp_last_step = NULL, recovery_codes = '{}'
WHERE organisation_id = $1 AND id = $2

-- name: set_recovery_codes
UPDATE users SET recovery_codes = $3 WHERE organisation_id = $1 AND id = $2

-- name: use_step
-- A code works once: of two at the same time one finds the step taken.
UPDATE users SET totp_last_step = $3
WHERE organisation_id = $1 AND id = $2 AND (totp_last_step IS NULL OR totp_last_step < $3)
RETURNING id

-- name: use_recovery_code
UPDATE users SET recovery_codes = array_remove(recovery_codes, $3)
WHERE organisation_id = $1 AND id = $2 AND $3::bytea = ANY(recovery_codes)
RETURNING cardinality(recovery_codes) AS left
