-- name: insert_contact
INSERT INTO contacts (
    id, organisation_id, owner_id, tags, fields, external_id, first_name, last_name, title, company, language, time_zone,
    street, postcode, city, region, country, sandbox
)
SELECT $1, $2, $3, $4, $5, r.external_id, r.first_name, r.last_name, r.title, r.company, r.language, r.time_zone,
       r.street, r.postcode, r.city, r.region, r.country, $7
FROM jsonb_to_record($6) AS r(
    external_id text, first_name text, last_name text, title text, company text, language text, time_zone text,
    street text, postcode text, city text, region text, country text
)

-- name: update_contact
UPDATE contacts c SET
    tags = $3, fields = $4, external_id = r.external_id, first_name = r.first_name, last_name = r.last_name,
    title = r.title, company = r.company, language = r.language, time_zone = r.time_zone, street = r.street,
    postcode = r.postcode, city = r.city, region = r.region, country = r.country,
    revision = c.revision + 1, updated_at = now()
FROM jsonb_to_record($5) AS r(
    external_id text, first_name text, last_name text, title text, company text, language text, time_zone text,
    street text, postcode text, city text, region text, country text
)
WHERE c.organisation_id = $1 AND c.id = $2
RETURNING c.revision

-- name: touch_contact
UPDATE contacts SET revision = revision + 1, updated_at = now()
WHERE organisation_id = $1 AND id = $2
RETURNING revision

-- name: delete_numbers
DELETE FROM contact_numbers WHERE organisation_id = $1 AND contact_id = $2

-- name: insert_numbers
INSERT INTO contact_numbers (organisation_id, contact_id, position, e164, type, label)
SELECT $1, $2, x.ordinal - 1, x.n ->> 'e164', x.n ->> 'type', x.n ->> 'label'
FROM jsonb_array_elements($3) WITH ORDINALITY AS x(n, ordinal)

-- name: delete_emails
DELETE FROM contact_emails WHERE organisation_id = $1 AND contact_id = $2

-- name: insert_emails
INSERT INTO contact_emails (organisation_id, contact_id, position, address, type, label)
SELECT $1, $2, x.ordinal - 1, x.n ->> 'address', x.n ->> 'type', x.n ->> 'label'
FROM jsonb_array_elements($3) WITH ORDINALITY AS x(n, ordinal)

-- name: lock_contact
-- The row alone: what belongs to it is changed only by who holds this lock.
SELECT id, merged_into FROM contacts
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND id = $3
FOR UPDATE

-- name: page_of_contacts
-- With what belongs to each; the filter is put in by the service.
WITH page AS (
    SELECT c.* FROM contacts c
    WHERE c.organisation_id = $1 AND ($2::text IS NULL OR c.owner_id = $2) AND c.merged_into IS NULL
      AND ($3::bigint IS NULL OR c.number < $3)
      /* filter */
    ORDER BY c.number DESC
    LIMIT $4
)
SELECT p.*, d.numbers, d.emails, d.opted_out
FROM page p, LATERAL contact_details(p.organisation_id, p.id) d
ORDER BY p.number DESC

-- name: contacts_by_id
SELECT p.*, d.numbers, d.emails, d.opted_out
FROM contacts p, LATERAL contact_details(p.organisation_id, p.id) d
WHERE p.organisation_id = $1 AND ($2::text IS NULL OR p.owner_id = $2) AND p.id = ANY($3::text[])
ORDER BY p.number DESC

-- name: contacts_by_number
-- The kept one for the number of one that was merged is not looked for: dialects hold what they listed.
SELECT p.*, d.numbers, d.emails, d.opted_out
FROM contacts p, LATERAL contact_details(p.organisation_id, p.id) d
WHERE p.organisation_id = $1 AND ($2::text IS NULL OR p.owner_id = $2) AND p.number = ANY($3::bigint[])
  AND p.merged_into IS NULL
ORDER BY p.number DESC

-- name: contacts_by_address
-- Of several people with one number, or one address, the first.
SELECT DISTINCT ON (n.address) n.address, n.contact_id
FROM (
    SELECT k.e164 AS address, k.contact_id FROM contact_numbers k
    WHERE k.organisation_id = $1 AND k.e164 = ANY($3::text[])
    UNION ALL
    SELECT m.address, m.contact_id FROM contact_emails m
    WHERE m.organisation_id = $1 AND m.address = ANY($3::text[])
) AS n
JOIN contacts c ON c.id = n.contact_id
WHERE c.merged_into IS NULL AND ($2::text IS NULL OR c.owner_id = $2)
ORDER BY n.address, n.contact_id

-- name: delete_contacts
-- $3: only what a sandbox key made.
DELETE FROM contacts c
WHERE c.organisation_id = $1 AND ($2::text IS NULL OR c.owner_id = $2) AND c.merged_into IS NULL
  AND (NOT $3 OR c.sandbox)
  /* filter */
RETURNING c.id

-- name: count_contacts
SELECT count(*) FROM contacts c
WHERE c.organisation_id = $1 AND ($2::text IS NULL OR c.owner_id = $2) AND c.merged_into IS NULL
  /* filter */

-- name: delete_contact
DELETE FROM contacts WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND id = $3

-- name: field_definitions
SELECT name, type, label, created_at FROM contact_fields WHERE organisation_id = $1 ORDER BY name

-- name: lock_field_definitions
SELECT pg_advisory_xact_lock(hashtextextended('contact_fields/' || $1, 0))

-- name: insert_field_definition
INSERT INTO contact_fields (organisation_id, name, type, label) VALUES ($1, $2, $3, $4)
ON CONFLICT (organisation_id, name) DO NOTHING
RETURNING name, type, label, created_at

-- name: delete_field_definition
DELETE FROM contact_fields WHERE organisation_id = $1 AND name = $2

-- name: delete_field_values
-- Some at a time: a million rows in one statement would hold their locks for a minute.
UPDATE contacts SET fields = fields - $2, revision = revision + 1, updated_at = now()
WHERE id IN (
    SELECT id FROM contacts WHERE organisation_id = $1 AND jsonb_exists(fields, $2) AND id > $3 ORDER BY id LIMIT $4
)
RETURNING id

-- name: widest_contact
-- Columns of an export: the most numbers and addresses that one person has.
SELECT
    coalesce((SELECT max(n.position) + 1 FROM contact_numbers n JOIN contacts c ON c.id = n.contact_id
              WHERE n.organisation_id = $1 AND ($2::text IS NULL OR c.owner_id = $2) AND n.position > 0), 1) AS numbers,
    coalesce((SELECT max(m.position) + 1 FROM contact_emails m JOIN contacts c ON c.id = m.contact_id
              WHERE m.organisation_id = $1 AND ($2::text IS NULL OR c.owner_id = $2) AND m.position > 0), 1) AS emails
