-- name: insert_import
INSERT INTO imports (
    id, organisation_id, owner_id, sandbox, file_name, bytes, encoding, delimiter, has_header, columns
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
RETURNING *

-- name: get_import
SELECT * FROM imports WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND id = $3

-- name: lock_import
SELECT * FROM imports WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND id = $3 FOR UPDATE

-- name: page_of_imports
SELECT * FROM imports
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND ($3::bigint IS NULL OR number < $3)
ORDER BY number DESC
LIMIT $4

-- name: queue_import
UPDATE imports SET state = 'queued', plan = $2, group_id = $3 WHERE id = $1 RETURNING *

-- name: import_to_run
-- Of any organisation: the background job has its id from us.
UPDATE imports SET state = 'running', started_at = coalesce(started_at, now())
WHERE id = $1 AND state IN ('queued', 'running')
RETURNING *

-- name: ask_to_cancel
UPDATE imports SET
    cancel_requested = true,
    state = CASE WHEN state IN ('uploaded', 'queued') THEN 'cancelled' ELSE state END,
    ended_at = CASE WHEN state IN ('uploaded', 'queued') THEN now() ELSE ended_at END
WHERE id = $1
RETURNING *

-- name: end_import
UPDATE imports SET state = $2, error = $3, ended_at = now() WHERE id = $1 AND state = 'running' RETURNING id

-- name: ask_to_undo
UPDATE imports SET state = 'undoing' WHERE id = $1 RETURNING *

-- name: import_to_undo
SELECT * FROM imports WHERE id = $1 AND state = 'undoing'

-- name: forgotten_uploads
UPDATE imports SET state = 'cancelled', ended_at = now()
WHERE state = 'uploaded' AND created_at < $1
RETURNING id

-- name: forget_changes
-- What an import found before it changed it is personal data; it is kept as long as an undo is offered.
DELETE FROM import_changes x USING imports i WHERE i.id = x.import_id AND i.ended_at < $1

-- name: page_of_errors
SELECT ordinal, line, field, reason, value FROM import_errors
WHERE organisation_id = $1 AND import_id = $2 AND ordinal > $3
ORDER BY ordinal
LIMIT $4

-- name: create_staged
CREATE TEMPORARY TABLE staged (
    line integer, contact_id text COLLATE "C", key text COLLATE "C",
    external_id text COLLATE "C", first_name text, last_name text, title text, company text, language text,
    time_zone text, street text, postcode text, city text, region text, country text,
    tags text[] COLLATE "C", fields jsonb, numbers jsonb, emails jsonb,
    -- who it is, when the person is there already, and the turn of several records that are one person
    existing text COLLATE "C", turn integer
) ON COMMIT DROP

-- name: analyze_staged
ANALYZE staged

-- name: match_by_number
UPDATE staged s SET existing = f.id
FROM (
    SELECT DISTINCT ON (s.line) s.line, c.id
    FROM staged s
    JOIN contact_numbers n ON n.organisation_id = $1 AND n.e164 = s.key
    JOIN contacts c ON c.id = n.contact_id
    WHERE $2::text IS NULL OR c.owner_id = $2
    ORDER BY s.line, c.number
) f
WHERE f.line = s.line

-- name: match_by_email
UPDATE staged s SET existing = f.id
FROM (
    SELECT DISTINCT ON (s.line) s.line, c.id
    FROM staged s
    JOIN contact_emails n ON n.organisation_id = $1 AND n.address = s.key
    JOIN contacts c ON c.id = n.contact_id
    WHERE $2::text IS NULL OR c.owner_id = $2
    ORDER BY s.line, c.number
) f
WHERE f.line = s.line

-- name: match_by_external_id
UPDATE staged s SET existing = c.id
FROM contacts c
WHERE c.organisation_id = $1 AND c.external_id = s.key AND c.merged_into IS NULL AND ($2::text IS NULL OR c.owner_id = $2)

-- name: give_turns
-- $1: a sandbox key's import changes only people whom a sandbox key made.
UPDATE staged s SET turn = t.turn
FROM (
    SELECT line, row_number() OVER (PARTITION BY existing ORDER BY line) AS turn
    FROM staged
    WHERE existing IS NOT NULL
      AND (NOT $1 OR EXISTS (SELECT FROM contacts c WHERE c.id = existing AND c.sandbox))
) t
WHERE t.line = s.line

-- name: last_turn
SELECT coalesce(max(turn), 0) FROM staged

-- name: refuse_taken
-- An external id that another person has.
DELETE FROM staged s USING contacts c
WHERE c.organisation_id = $1 AND c.external_id = s.external_id AND c.id IS DISTINCT FROM s.existing
RETURNING s.line, s.external_id

-- name: join_group
INSERT INTO group_members (organisation_id, group_id, contact_id, import_id)
SELECT DISTINCT $1::text, $2::text, coalesce(s.existing, s.contact_id), $3::text FROM staged s
ON CONFLICT DO NOTHING

-- name: count_existing
SELECT count(*) FILTER (WHERE existing IS NOT NULL) AS existing, count(*) FILTER (WHERE existing IS NULL) AS new
FROM staged

-- name: insert_contacts
INSERT INTO contacts (
    id, organisation_id, owner_id, import_id, tags, fields, external_id, first_name, last_name, title, company, language,
    time_zone, street, postcode, city, region, country, sandbox
)
SELECT contact_id, $1, $2, $3, tags, fields, external_id, first_name, last_name, title, company, language, time_zone,
       street, postcode, city, region, country, $4
FROM staged WHERE existing IS NULL
ORDER BY line

-- name: insert_staged_numbers
INSERT INTO contact_numbers (organisation_id, contact_id, position, e164, type)
SELECT $1, s.contact_id, x.ordinal - 1, x.n ->> 'e164', x.n ->> 'type'
FROM staged s, jsonb_array_elements(s.numbers) WITH ORDINALITY AS x(n, ordinal)
WHERE s.existing IS NULL AND s.numbers <> '[]'

-- name: insert_staged_emails
INSERT INTO contact_emails (organisation_id, contact_id, position, address, type)
SELECT $1, s.contact_id, x.ordinal - 1, x.n ->> 'address', x.n ->> 'type'
FROM staged s, jsonb_array_elements(s.emails) WITH ORDINALITY AS x(n, ordinal)
WHERE s.existing IS NULL AND s.emails <> '[]'

-- name: lock_existing
SELECT FROM contacts WHERE id IN (SELECT existing FROM staged WHERE existing IS NOT NULL) ORDER BY id FOR UPDATE

-- name: save_before
-- The first image stays. When somebody else changed the person since, the revision stays too, and the undo will say so.
INSERT INTO import_changes (organisation_id, import_id, contact_id, before, revision)
SELECT $1, $2, c.id,
       jsonb_build_object(
           'contact', to_jsonb(c),
           'numbers', coalesce((SELECT jsonb_agg(to_jsonb(n)) FROM contact_numbers n WHERE n.contact_id = c.id), '[]'),
           'emails', coalesce((SELECT jsonb_agg(to_jsonb(m)) FROM contact_emails m WHERE m.contact_id = c.id), '[]')
       ),
       c.revision + 1
FROM staged s JOIN contacts c ON c.id = s.existing
WHERE s.turn = $3 AND c.import_id IS DISTINCT FROM $2
ON CONFLICT (import_id, contact_id) DO UPDATE SET revision = EXCLUDED.revision
WHERE import_changes.revision = EXCLUDED.revision - 1

-- name: update_existing
-- A person whom this import made itself keeps its revision: the undo removes it.
UPDATE contacts c SET
    external_id = coalesce(s.external_id, c.external_id),
    first_name = coalesce(s.first_name, c.first_name),
    last_name = coalesce(s.last_name, c.last_name),
    title = coalesce(s.title, c.title),
    company = coalesce(s.company, c.company),
    language = coalesce(s.language, c.language),
    time_zone = coalesce(s.time_zone, c.time_zone),
    street = coalesce(s.street, c.street),
    postcode = coalesce(s.postcode, c.postcode),
    city = coalesce(s.city, c.city),
    region = coalesce(s.region, c.region),
    country = coalesce(s.country, c.country),
    tags = CASE
        WHEN s.tags <@ c.tags THEN c.tags
        ELSE c.tags || ARRAY(SELECT t FROM unnest(s.tags) AS t WHERE t <> ALL (c.tags))
    END,
    fields = c.fields || s.fields,
    revision = c.revision + CASE WHEN c.import_id IS NOT DISTINCT FROM $1 THEN 0 ELSE 1 END,
    updated_at = now()
FROM staged s
WHERE c.id = s.existing AND s.turn = $2

-- name: add_numbers
INSERT INTO contact_numbers (organisation_id, contact_id, position, e164, type)
SELECT $1, s.existing,
       coalesce((SELECT max(o.position) + 1 FROM contact_numbers o WHERE o.contact_id = s.existing), 0)
           + row_number() OVER (PARTITION BY s.existing ORDER BY x.ordinal) - 1,
       x.n ->> 'e164', x.n ->> 'type'
FROM staged s, jsonb_array_elements(s.numbers) WITH ORDINALITY AS x(n, ordinal)
WHERE s.turn = $2
  AND NOT EXISTS (SELECT FROM contact_numbers o WHERE o.contact_id = s.existing AND o.e164 = x.n ->> 'e164')

-- name: add_emails
INSERT INTO contact_emails (organisation_id, contact_id, position, address, type)
SELECT $1, s.existing,
       coalesce((SELECT max(o.position) + 1 FROM contact_emails o WHERE o.contact_id = s.existing), 0)
           + row_number() OVER (PARTITION BY s.existing ORDER BY x.ordinal) - 1,
       x.n ->> 'address', x.n ->> 'type'
FROM staged s, jsonb_array_elements(s.emails) WITH ORDINALITY AS x(n, ordinal)
WHERE s.turn = $2
  AND NOT EXISTS (SELECT FROM contact_emails o WHERE o.contact_id = s.existing AND o.address = x.n ->> 'address')

-- name: count_batch
-- Nothing, when another process carried this batch out in the meantime.
UPDATE imports SET
    processed = processed + $3, created = created + $4, updated = updated + $5, skipped = skipped + $6,
    failed = failed + $7, bytes_read = $8
WHERE id = $1 AND processed = $2 AND state = 'running'
RETURNING cancel_requested

-- name: created_by_import
SELECT id, number, revision FROM contacts WHERE import_id = $1 AND number > $2 ORDER BY number LIMIT $3 FOR UPDATE

-- name: delete_created
DELETE FROM contacts WHERE id = ANY($1::text[])

-- name: changed_by_import
-- One whose external id is somebody else's by now counts as changed.
SELECT x.contact_id,
       x.revision = c.revision AND NOT EXISTS (
           SELECT FROM contacts o
           WHERE o.organisation_id = c.organisation_id AND o.external_id = x.before -> 'contact' ->> 'external_id'
             AND o.id <> c.id
       ) AS unchanged
FROM import_changes x JOIN contacts c ON c.id = x.contact_id
WHERE x.import_id = $1
ORDER BY x.contact_id
LIMIT $2
FOR UPDATE OF c

-- name: restore_contacts
UPDATE contacts c SET
    external_id = b.external_id, first_name = b.first_name, last_name = b.last_name, title = b.title,
    company = b.company, language = b.language, time_zone = b.time_zone, street = b.street, postcode = b.postcode,
    city = b.city, region = b.region, country = b.country, tags = b.tags, fields = b.fields,
    revision = c.revision + 1, updated_at = now()
FROM import_changes x, LATERAL jsonb_populate_record(NULL::contacts, x.before -> 'contact') AS b
WHERE x.import_id = $1 AND x.contact_id = ANY($2::text[]) AND c.id = x.contact_id

-- name: drop_numbers
DELETE FROM contact_numbers WHERE contact_id = ANY($1::text[])

-- name: drop_emails
DELETE FROM contact_emails WHERE contact_id = ANY($1::text[])

-- name: restore_numbers
INSERT INTO contact_numbers
SELECT n.* FROM import_changes x, LATERAL jsonb_populate_recordset(NULL::contact_numbers, x.before -> 'numbers') AS n
WHERE x.import_id = $1 AND x.contact_id = ANY($2::text[])

-- name: restore_emails
INSERT INTO contact_emails
SELECT n.* FROM import_changes x, LATERAL jsonb_populate_recordset(NULL::contact_emails, x.before -> 'emails') AS n
WHERE x.import_id = $1 AND x.contact_id = ANY($2::text[])

-- name: forget_restored
DELETE FROM import_changes WHERE import_id = $1 AND contact_id = ANY($2::text[])

-- name: leave_group
DELETE FROM group_members WHERE import_id = $1 AND group_id = $2

-- name: count_undone
UPDATE imports SET removed = removed + $2, restored = restored + $3, kept = kept + $4 WHERE id = $1

-- name: end_undo
UPDATE imports SET state = 'undone', ended_at = now() WHERE id = $1 AND state = 'undoing'

-- name: release_created
-- Theirs now: a second undo after an interruption must not count them again.
UPDATE contacts SET import_id = NULL WHERE id = ANY($1::text[])

-- name: report
INSERT INTO import_errors (organisation_id, import_id, line, field, reason, value) VALUES ($1, $2, 0, 'contact', $3, $4)
