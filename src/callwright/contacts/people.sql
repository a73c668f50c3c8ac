-- name: duplicate_numbers
SELECT n.e164 AS value, (array_agg(c.id ORDER BY c.number))[:20] AS contact_ids, count(*) AS people
FROM contact_numbers n JOIN contacts c ON c.id = n.contact_id
WHERE n.organisation_id = $1 AND ($2::text IS NULL OR c.owner_id = $2) AND n.e164 > $3
GROUP BY n.e164 HAVING count(*) > 1
ORDER BY n.e164
LIMIT $4

-- name: duplicate_emails
SELECT n.address AS value, (array_agg(c.id ORDER BY c.number))[:20] AS contact_ids, count(*) AS people
FROM contact_emails n JOIN contacts c ON c.id = n.contact_id
WHERE n.organisation_id = $1 AND ($2::text IS NULL OR c.owner_id = $2) AND n.address > $3
GROUP BY n.address HAVING count(*) > 1
ORDER BY n.address
LIMIT $4

-- name: duplicate_names
-- First and last name and postcode, without regard to case and blanks.
SELECT d.value, (array_agg(d.id ORDER BY d.number))[:20] AS contact_ids, count(*) AS people
FROM (
    SELECT c.id, c.number,
           (lower(regexp_replace(c.first_name || ' ' || c.last_name, '\s+', ' ', 'g')) || ', '
            || upper(regexp_replace(c.postcode, '\s+', '', 'g'))) COLLATE "C" AS value
    FROM contacts c
    WHERE c.organisation_id = $1 AND ($2::text IS NULL OR c.owner_id = $2) AND c.merged_into IS NULL
      AND c.first_name IS NOT NULL AND c.last_name IS NOT NULL AND c.postcode IS NOT NULL
) d
WHERE d.value > $3
GROUP BY d.value HAVING count(*) > 1
ORDER BY d.value
LIMIT $4

-- name: empty_lost
-- The one that is not kept: its id stays, what told who it was is in the merge.
UPDATE contacts SET
    merged_into = $3, external_id = NULL, first_name = NULL, last_name = NULL, title = NULL, company = NULL,
    language = NULL, time_zone = NULL, street = NULL, postcode = NULL, city = NULL, region = NULL, country = NULL,
    tags = '{}', fields = '{}', revision = revision + 1, updated_at = now()
WHERE organisation_id = $1 AND id = $2

-- name: revive_lost
UPDATE contacts SET merged_into = NULL WHERE organisation_id = $1 AND id = $2

-- name: group_ids
SELECT group_id FROM group_members WHERE organisation_id = $1 AND contact_id = $2

-- name: join_groups
INSERT INTO group_members (organisation_id, group_id, contact_id)
SELECT $1, g.id, $2 FROM groups g WHERE g.organisation_id = $1 AND g.id = ANY($3::text[])
ON CONFLICT DO NOTHING
RETURNING group_id

-- name: leave_groups
DELETE FROM group_members WHERE organisation_id = $1 AND contact_id = $2 AND group_id = ANY($3::text[])

-- name: insert_merge
INSERT INTO contact_merges (organisation_id, lost_id, kept_id, before, revision) VALUES ($1, $2, $3, $4, $5)

-- name: lock_merge
SELECT m.* FROM contact_merges m JOIN contacts c ON c.id = m.lost_id
WHERE m.organisation_id = $1 AND ($2::text IS NULL OR c.owner_id = $2) AND m.lost_id = $3
FOR UPDATE OF m

-- name: delete_merge
DELETE FROM contact_merges WHERE organisation_id = $1 AND lost_id = $2

-- name: forget_merges
UPDATE contact_merges SET before = NULL WHERE merged_at < $1 AND before IS NOT NULL

-- name: lost_ones
-- All that were merged into a person, directly or through others.
WITH RECURSIVE lost AS (
    SELECT id FROM contacts WHERE organisation_id = $1 AND merged_into = $2
    UNION
    SELECT c.id FROM lost l JOIN contacts c ON c.merged_into = l.id
)
SELECT id FROM lost

-- name: tokens
SELECT a.address, erased_token($1, a.address) AS token FROM unnest($2::text[]) AS a(address)

-- name: shared_addresses
-- Numbers and addresses that somebody else has too.
SELECT n.e164 AS address FROM contact_numbers n
WHERE n.organisation_id = $1 AND n.e164 = ANY($2::text[]) AND n.contact_id <> ALL ($3::text[])
UNION
SELECT m.address FROM contact_emails m
WHERE m.organisation_id = $1 AND m.address = ANY($2::text[]) AND m.contact_id <> ALL ($3::text[])

-- name: suppressions_of
SELECT to_jsonb(s) AS entry FROM suppressions s WHERE s.organisation_id = $1 AND s.e164 = ANY($2::text[]) ORDER BY s.number

-- name: keep_suppressions
WITH gone AS (
    DELETE FROM suppressions s WHERE s.organisation_id = $1 AND s.e164 = ANY($2::text[]) RETURNING s.*
)
INSERT INTO kept_suppressions (id, organisation_id, token, entry)
SELECT g.id, g.organisation_id, erased_token(g.organisation_id, g.e164),
       (to_jsonb(g) - 'e164') || '{"evidence": "kept when the person was erased"}'
FROM gone g

-- name: imports_of
SELECT DISTINCT import_id FROM (
    SELECT import_id FROM contacts WHERE organisation_id = $1 AND id = ANY($2::text[])
    UNION ALL
    SELECT import_id FROM import_changes WHERE organisation_id = $1 AND contact_id = ANY($2::text[])
) i
WHERE import_id IS NOT NULL

-- name: erase_import_errors
DELETE FROM import_errors e
WHERE e.organisation_id = $1
  AND (e.value = ANY($3::text[]) OR EXISTS (
      SELECT FROM unnest($2::text[]) AS t(trace) WHERE position(t.trace IN lower(e.value)) > 0
  ))

-- name: waiting_files
SELECT id, state FROM imports WHERE organisation_id = $1 AND state IN ('uploaded', 'queued', 'running') FOR UPDATE

-- name: drop_file
UPDATE imports SET state = 'cancelled', ended_at = now(), cancel_requested = true,
    error = 'deleted: it held a person who was erased; upload it again without them'
WHERE organisation_id = $1 AND id = $2

-- name: erasing_on
SELECT set_config('callwright.erasing', 'on', true)

-- name: erase_audit
UPDATE audit_log a SET before = NULL, after = NULL
WHERE a.organisation_id = $1
  AND EXISTS (
      SELECT FROM unnest($2::text[]) AS t(trace)
      WHERE position(t.trace IN coalesce(a.before::text, '') || coalesce(a.after::text, '')) > 0
  )

-- name: erasing_off
SELECT set_config('callwright.erasing', 'off', true)

-- name: erase_answers
-- Answers that are kept to be repeated for a day.
DELETE FROM idempotency i
WHERE i.organisation_id = $1
  AND EXISTS (SELECT FROM unnest($2::text[]) AS t(trace) WHERE position(t.trace IN i.body::text) > 0)

-- name: erase_refusals
-- Of requests that were refused, with reasons that name the person.
DELETE FROM refused_requests r
WHERE r.organisation_id = $1
  AND EXISTS (SELECT FROM unnest($2::text[]) AS t(trace) WHERE position(t.trace IN lower(r.reason)) > 0)

-- name: delete_people
DELETE FROM contacts WHERE organisation_id = $1 AND id = ANY($2::text[])
