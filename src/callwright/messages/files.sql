-- name: keep_files
-- Equal octets are stored once; who stores them at the same moment waits for the first.
INSERT INTO message_files (id, organisation_id, hash, octets)
SELECT w.id, $1, w.hash, w.octets FROM unnest($2::text[], $3::bytea[], $4::bytea[]) AS w(id, hash, octets)
ON CONFLICT (organisation_id, hash) DO UPDATE SET unused_since = NULL
RETURNING id, hash

-- name: hold_files
-- Until the transaction that names them ends: whoever deletes files waits for it, and looks then.
SELECT id FROM message_files WHERE organisation_id = $1 AND id = ANY($2::text[]) ORDER BY id FOR KEY SHARE

-- name: files_among
SELECT id, octet_length(octets) AS size, hash FROM message_files WHERE organisation_id = $1 AND id = ANY($2::text[])

-- name: octets_of_files
-- Across organisations: contents name only files of their own.
SELECT id, octets FROM message_files WHERE id = ANY($1::text[])

-- name: lock_files
SELECT id FROM message_files WHERE organisation_id = $1 AND id = ANY($2::text[]) ORDER BY id FOR UPDATE

-- name: lock_files_to_check
SELECT id FROM message_files WHERE check_at <= now() ORDER BY check_at LIMIT $1 FOR UPDATE SKIP LOCKED

-- name: delete_unused_files
-- Of files whose rows are held: those that nothing names, at once ($2), or that nothing named a day ago either.
DELETE FROM message_files f
WHERE f.id = ANY($1::text[]) AND ($2::boolean OR f.unused_since IS NOT NULL)
  AND use_of_file(f.organisation_id, f.id) IS NULL

-- name: check_files_again
UPDATE message_files f SET
    check_at = CASE WHEN u.use = 'content' THEN NULL ELSE now() + interval '1 day' END,
    unused_since = CASE WHEN u.use IS NULL THEN now() END
FROM (SELECT n.id, use_of_file(n.organisation_id, n.id) AS use FROM message_files n WHERE n.id = ANY($1::text[])) AS u
WHERE f.id = u.id
