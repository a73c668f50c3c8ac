-- name: insert_template
INSERT INTO templates (id, organisation_id, owner_id, channel, name, body, sandbox) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (organisation_id, channel, name) DO NOTHING
RETURNING *

-- name: page_of_templates
SELECT * FROM templates
WHERE organisation_id = $1 AND ($2::text IS NULL OR channel = $2) AND ($3::bigint IS NULL OR number < $3)
  AND ($5::text IS NULL OR owner_id = $5)
ORDER BY number DESC
LIMIT $4

-- name: get_template
SELECT * FROM templates
WHERE organisation_id = $1 AND (id = $2 OR name = $2) AND ($3::text IS NULL OR channel = $3)
  AND ($4::text IS NULL OR owner_id = $4)
ORDER BY id = $2 DESC
LIMIT 1

-- name: lock_template
SELECT * FROM templates WHERE organisation_id = $1 AND id = $2 AND ($3::text IS NULL OR owner_id = $3) FOR UPDATE

-- name: change_template
UPDATE templates SET name = $3, body = $4, updated_at = now() WHERE organisation_id = $1 AND id = $2 RETURNING *

-- name: name_is_taken
SELECT EXISTS (
    SELECT FROM templates WHERE organisation_id = $1 AND channel = $2 AND name = $3 AND id <> $4
)

-- name: delete_template
DELETE FROM templates
WHERE organisation_id = $1 AND id = $2 AND ($3::text IS NULL OR owner_id = $3)
RETURNING id
