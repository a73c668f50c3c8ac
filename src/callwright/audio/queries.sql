-- name: insert_audio
INSERT INTO audio (id, organisation_id, owner_id, sandbox, name, labels, source, origin, source_hash, description)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING *

-- name: get_audio
SELECT * FROM audio
WHERE organisation_id = $1 AND id = $2 AND deleted_at IS NULL
  AND ($3::text IS NULL OR owner_id = $3) AND ($4 OR NOT sandbox)

-- name: page_of_audio
SELECT * FROM audio
WHERE organisation_id = $1 AND deleted_at IS NULL
  AND ($2::text IS NULL OR owner_id = $2) AND ($3 OR NOT sandbox)
  AND ($4::bigint IS NULL OR number < $4)
  AND ($6::text IS NULL OR state = $6)
  AND ($7::text IS NULL OR source = $7)
  AND ($8::text IS NULL OR strpos(lower(name), lower($8)) > 0)
  AND ($9::text IS NULL OR $9 = ANY(labels))
  AND ($10::bigint IS NULL OR number = $10)
ORDER BY number DESC LIMIT $5

-- name: audio_of_numbers
SELECT * FROM audio
WHERE organisation_id = $1 AND number = ANY($2::bigint[]) AND deleted_at IS NULL
  AND ($3::text IS NULL OR owner_id = $3) AND ($4 OR NOT sandbox)

-- name: lock_audio
SELECT * FROM audio
WHERE organisation_id = $1 AND id = $2 AND deleted_at IS NULL
  AND ($3::text IS NULL OR owner_id = $3) AND ($4 OR NOT sandbox)
FOR UPDATE

-- name: change_audio
UPDATE audio SET name = $3, labels = $4, description = $5, updated_at = now()
WHERE organisation_id = $1 AND id = $2
RETURNING *

-- name: delete_audio
UPDATE audio SET deleted_at = now(), updated_at = now() WHERE organisation_id = $1 AND id = $2

-- name: audio_among
SELECT * FROM audio
WHERE organisation_id = $1 AND id = ANY($2::text[]) AND deleted_at IS NULL
  AND ($3::text IS NULL OR owner_id = $3) AND ($4 OR NOT sandbox)

-- name: hold_audio
-- Whoever deletes one waits for us, and then sees what we write.
SELECT * FROM audio
WHERE organisation_id = $1 AND id = ANY($2::text[]) AND deleted_at IS NULL AND ($3 OR NOT sandbox)
ORDER BY id
FOR SHARE

-- name: still_there
SELECT id FROM audio WHERE organisation_id = $1 AND id = ANY($2::text[]) AND state = 'ready' AND deleted_at IS NULL

-- name: link_flow
INSERT INTO flow_audio (organisation_id, flow_id, audio_id)
SELECT $1, $2, unnest($3::text[])
ON CONFLICT DO NOTHING

-- name: content_of
-- For calls in the air and in the past too: what a flow plays is looked at when the flow is taken.
SELECT content_hash, state = 'pending' AND source = 'phone' AS draft FROM audio
WHERE organisation_id = $1 AND id = $2 AND deleted_at IS NULL
  AND (state = 'ready' OR state = 'pending' AND source = 'phone')

-- name: audio_of_link
-- The link's signature, made over what this returns, is the permission.
SELECT * FROM audio WHERE id = $1 AND deleted_at IS NULL AND state = 'ready'

-- name: audio_to_prepare
-- Counted before it is begun: a file on which the process dies is not tried for ever.
UPDATE audio SET tries = tries + 1, updated_at = now()
WHERE id = $1 AND state = 'pending' AND deleted_at IS NULL
RETURNING *

-- name: known_source
SELECT * FROM audio
WHERE organisation_id = $1 AND source_hash = $2 AND state = 'ready' AND deleted_at IS NULL
ORDER BY number LIMIT 1
FOR SHARE

-- name: lock_pending
SELECT id FROM audio WHERE organisation_id = $1 AND id = $2 AND state = 'pending' AND deleted_at IS NULL FOR UPDATE

-- name: make_ready
UPDATE audio
SET state = 'ready', source_hash = $3, content_hash = $4, facts = $5, origin = $6, ended_at = now(), updated_at = now()
WHERE organisation_id = $1 AND id = $2
RETURNING *

-- name: make_failed
UPDATE audio SET state = 'failed', reason = $3, origin = $4, ended_at = now(), updated_at = now()
WHERE organisation_id = $1 AND id = $2 AND state = 'pending' AND deleted_at IS NULL
RETURNING *

-- name: set_origin
UPDATE audio SET origin = $3, updated_at = now() WHERE organisation_id = $1 AND id = $2 AND state = 'pending'

-- name: unwatched
-- Those whose job was lost: jobs that fail for good, a database that was restored.
SELECT id FROM audio
WHERE state = 'pending' AND deleted_at IS NULL AND (source <> 'phone' OR origin ? 'kept') AND updated_at < now() - $1::interval
ORDER BY updated_at LIMIT 1000

-- name: lock_content
-- Files of one content are written and deleted by one transaction at a time.
SELECT pg_advisory_xact_lock(hashtextextended($1 || encode($2, 'hex'), 17))

-- name: put_piece
INSERT INTO audio_files (organisation_id, hash, kind, ordinal, data) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING

-- name: has_file
SELECT EXISTS (SELECT FROM audio_files WHERE organisation_id = $1 AND hash = $2 AND kind = $3)

-- name: get_piece
SELECT data FROM audio_files WHERE organisation_id = $1 AND hash = $2 AND kind = $3 AND ordinal = $4

-- name: delete_source
-- Unless another that waits came as the same file.
DELETE FROM audio_files f
WHERE f.organisation_id = $1 AND f.hash = $2 AND f.kind = 'source'
  AND NOT EXISTS (
      SELECT FROM audio a
      WHERE a.organisation_id = $1 AND a.source_hash = $2 AND a.state = 'pending' AND a.deleted_at IS NULL
  )

-- name: delete_content
DELETE FROM audio_files f
WHERE f.organisation_id = $1 AND f.hash = $2 AND f.kind <> 'source'
  AND NOT EXISTS (
      SELECT FROM audio a WHERE a.organisation_id = $1 AND a.content_hash = $2 AND a.deleted_at IS NULL
  )

-- name: contents_among
SELECT DISTINCT hash FROM audio_files WHERE hash = ANY($1::bytea[]) AND kind = 'flac'
