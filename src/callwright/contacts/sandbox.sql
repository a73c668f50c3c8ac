-- name: real_contact
SELECT id FROM contacts WHERE organisation_id = $1 AND id = ANY($2::text[]) AND NOT sandbox LIMIT 1

-- name: real_group
SELECT id FROM groups WHERE organisation_id = $1 AND id = ANY($2::text[]) AND NOT sandbox LIMIT 1

-- name: real_segment
SELECT id FROM segments WHERE organisation_id = $1 AND id = ANY($2::text[]) AND NOT sandbox LIMIT 1
