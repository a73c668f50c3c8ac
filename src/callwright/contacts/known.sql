-- name: known_people
SELECT e164, id, number, nameless FROM known_people($1, $2, $3, $4, $5)

-- name: name_people
UPDATE contacts c SET first_name = r.first_name, last_name = r.last_name, revision = c.revision + 1, updated_at = now()
FROM jsonb_to_recordset($2) AS r(id text, first_name text, last_name text)
WHERE c.organisation_id = $1 AND c.id = r.id AND (NOT $3 OR c.sandbox)

-- name: group_by_name
SELECT id FROM groups
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND lower(name) = lower($3)
ORDER BY name = $3 DESC, number
LIMIT 1
