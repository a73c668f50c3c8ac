-- name: insert_group
INSERT INTO groups (id, organisation_id, owner_id, name, description, sandbox) VALUES ($1, $2, $3, $4, $5, $6)

-- name: update_group
UPDATE groups SET name = coalesce($4, name), description = coalesce($5, description), updated_at = now()
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND id = $3
RETURNING id

-- name: delete_group
DELETE FROM groups WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND id = $3 RETURNING name

-- name: get_group
SELECT g.*, (SELECT count(*) FROM group_members m WHERE m.group_id = g.id) AS members
FROM groups g
WHERE g.organisation_id = $1 AND ($2::text IS NULL OR g.owner_id = $2) AND g.id = $3

-- name: groups_by_number
SELECT g.*, (SELECT count(*) FROM group_members m WHERE m.group_id = g.id) AS members
FROM groups g
WHERE g.organisation_id = $1 AND ($2::text IS NULL OR g.owner_id = $2) AND g.number = ANY($3::bigint[])

-- name: empty_group
DELETE FROM group_members m USING contacts c
WHERE m.organisation_id = $1 AND m.group_id = $3 AND c.id = m.contact_id AND ($2::text IS NULL OR c.owner_id = $2)

-- name: segment_by_number
SELECT * FROM segments WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND number = $3

-- name: page_of_groups
SELECT g.*, (SELECT count(*) FROM group_members m WHERE m.group_id = g.id) AS members
FROM groups g
WHERE g.organisation_id = $1 AND ($2::text IS NULL OR g.owner_id = $2) AND ($3::bigint IS NULL OR g.number < $3)
  AND ($5::text IS NULL OR g.name = $5)
ORDER BY g.number DESC
LIMIT $4

-- name: add_members
-- Who is there already stays as added first.
WITH known AS (
    SELECT id FROM contacts
    WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND merged_into IS NULL AND id = ANY($4::text[])
), added AS (
    INSERT INTO group_members (organisation_id, group_id, contact_id)
    SELECT $1, $3, id FROM known
    ON CONFLICT DO NOTHING
    RETURNING contact_id
)
SELECT ARRAY(SELECT id FROM known) AS known, (SELECT count(*) FROM added) AS added

-- name: remove_members
DELETE FROM group_members m USING contacts c
WHERE m.organisation_id = $1 AND m.group_id = $3 AND m.contact_id = ANY($4::text[]) AND c.id = m.contact_id
  AND ($2::text IS NULL OR c.owner_id = $2)

-- name: groups_of_contact
SELECT g.id, g.name FROM group_members m JOIN groups g ON g.id = m.group_id
WHERE m.organisation_id = $1 AND m.contact_id = $2 AND ($3::text IS NULL OR g.owner_id = $3)
ORDER BY g.number

-- name: insert_segment
INSERT INTO segments (id, organisation_id, owner_id, name, expression, sandbox) VALUES ($1, $2, $3, $4, $5, $6)

-- name: update_segment
UPDATE segments SET name = coalesce($4, name), expression = coalesce($5, expression), updated_at = now()
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND id = $3
RETURNING id

-- name: delete_segment
DELETE FROM segments WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND id = $3 RETURNING name

-- name: get_segment
SELECT * FROM segments WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND id = $3

-- name: page_of_segments
SELECT * FROM segments
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND ($3::bigint IS NULL OR number < $3)
ORDER BY number DESC
LIMIT $4

-- name: page_of_audience
-- People without a number cannot be called and are left out.
SELECT c.id, n.e164
FROM contacts c JOIN contact_numbers n ON n.contact_id = c.id AND n.position = 0
WHERE c.organisation_id = $1 AND ($2::text IS NULL OR c.owner_id = $2) AND c.merged_into IS NULL AND c.id > $3
  /* filter */
ORDER BY c.id
LIMIT $4

-- name: page_of_group_audience
SELECT c.id, n.e164
FROM group_members m
JOIN contacts c ON c.id = m.contact_id
JOIN contact_numbers n ON n.contact_id = c.id AND n.position = 0
WHERE m.organisation_id = $1 AND ($2::text IS NULL OR c.owner_id = $2) AND m.group_id = $5 AND m.contact_id > $3
ORDER BY m.contact_id
LIMIT $4
