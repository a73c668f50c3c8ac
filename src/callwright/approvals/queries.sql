-- name: get_settings
SELECT texts, audio, second_person FROM approval_settings WHERE organisation_id = $1

-- name: set_settings
INSERT INTO approval_settings (organisation_id, texts, audio, second_person) VALUES ($1, $2, $3, $4)
ON CONFLICT (organisation_id) DO UPDATE
SET texts = excluded.texts, audio = excluded.audio, second_person = excluded.second_person

-- name: insert_approvals
-- Another transaction may ask for the same content at this moment; each row is then that of one of us.
INSERT INTO approvals (id, organisation_id, kind, hash, content, audio_id, requested_by, requested_key)
SELECT n.id, $1, $2, n.hash, n.content, n.audio_id, $7, $8
FROM unnest($3::text[], $4::bytea[], $5::text[], $6::text[]) AS n(id, hash, content, audio_id)
ON CONFLICT (organisation_id, kind, hash) DO NOTHING
RETURNING *

-- name: hold_approvals
-- Whoever decides waits for us, and then sees what we write.
SELECT * FROM approvals
WHERE organisation_id = $1 AND kind = $2 AND hash = ANY($3::bytea[])
ORDER BY id
FOR SHARE

-- name: approved_hashes
SELECT hash FROM approvals
WHERE organisation_id = $1 AND kind = $2 AND hash = ANY($3::bytea[]) AND state = 'approved'

-- name: approvals_of
SELECT * FROM approvals WHERE organisation_id = $1 AND kind = $2 AND hash = ANY($3::bytea[])

-- name: lock_approval
SELECT * FROM approvals WHERE organisation_id = $1 AND id = $2 FOR UPDATE

-- name: get_approval
SELECT * FROM approvals WHERE organisation_id = $1 AND id = $2

-- name: page_of_approvals
SELECT * FROM approvals
WHERE organisation_id = $1 AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR kind = $3)
  AND ($4::bigint IS NULL OR number < $4)
ORDER BY number DESC LIMIT $5

-- name: decide
UPDATE approvals SET state = $3, decided_by = $4, decided_key = $5, decided_at = now()
WHERE organisation_id = $1 AND id = $2
RETURNING *

-- name: insert_comment
INSERT INTO approval_comments (organisation_id, approval_id, user_id, key_id, comment) VALUES ($1, $2, $3, $4, $5)

-- name: comments
SELECT approval_id, user_id, key_id, comment, created_at FROM approval_comments
WHERE organisation_id = $1 AND approval_id = ANY($2::text[]) ORDER BY id
