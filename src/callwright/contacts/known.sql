-- name: hold_everybody
-- Two requests that bring the same new number would both add it. This one brings many and holds them all.
SELECT pg_advisory_xact_lock(hashtextextended('known_people/' || $1, 0))

-- name: hold_people
-- This one brings few and holds each, in the order of the list, but not against others who bring few.
SELECT pg_advisory_xact_lock_shared(hashtextextended('known_people/' || $1, 0))
UNION ALL
SELECT pg_advisory_xact_lock(hashtextextended(concat_ws('/', 'known_person', $1, n), 0)) FROM unnest($2::text[]) AS n

-- name: people_of_numbers
-- Of several people with one number, the first.
SELECT DISTINCT ON (k.e164) k.e164, c.id, c.first_name IS NULL AND c.last_name IS NULL AS nameless
FROM contact_numbers k JOIN contacts c ON c.id = k.contact_id
WHERE k.organisation_id = $1 AND ($2::text IS NULL OR c.owner_id = $2) AND c.merged_into IS NULL
  AND k.e164 = ANY($3::text[])
ORDER BY k.e164, c.id

-- name: insert_people
WITH people AS (
    SELECT * FROM jsonb_to_recordset($3) AS r(id text, e164 text, first_name text, last_name text)
), added AS (
    INSERT INTO contacts (id, organisation_id, owner_id, first_name, last_name, sandbox)
    SELECT id, $1, $2, first_name, last_name, $4 FROM people
)
INSERT INTO contact_numbers (organisation_id, contact_id, position, e164)
SELECT $1, id, 0, e164 FROM people

-- name: name_people
UPDATE contacts c SET first_name = r.first_name, last_name = r.last_name, revision = c.revision + 1, updated_at = now()
FROM jsonb_to_recordset($2) AS r(id text, first_name text, last_name text)
WHERE c.organisation_id = $1 AND c.id = r.id AND (NOT $3 OR c.sandbox)

-- name: group_by_name
SELECT id FROM groups
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND lower(name) = lower($3)
ORDER BY name = $3 DESC, number
LIMIT 1
