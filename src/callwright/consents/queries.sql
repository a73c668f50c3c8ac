-- name: insert_consent
INSERT INTO consents (
    id, organisation_id, owner_id, contact_id, address, channel, purpose, state, wording, source, proof, given_at,
    expires_at, recorded_by
)
VALUES (
    $1, $2, $3,
    coalesce(
        (SELECT k.contact_id FROM contact_numbers k
         WHERE k.organisation_id = $2 AND k.e164 = $4 ORDER BY k.contact_id LIMIT 1),
        (SELECT k.contact_id FROM contact_emails k
         WHERE k.organisation_id = $2 AND k.address = $4 ORDER BY k.contact_id LIMIT 1)
    ),
    $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
)
RETURNING *

-- name: newest_consent
SELECT * FROM consents
WHERE organisation_id = $1 AND address = $2 AND channel = $3 AND purpose = $4
ORDER BY given_at DESC, state DESC, number DESC
LIMIT 1

-- name: get_consent
SELECT * FROM consents WHERE organisation_id = $1 AND id = $2 AND ($3::text IS NULL OR owner_id = $3)

-- name: page_of_consents
SELECT * FROM consents
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2)
  AND ($3::text IS NULL OR address = $3) AND ($4::text IS NULL OR channel = $4)
  AND ($5::text IS NULL OR purpose = $5) AND ($6::text IS NULL OR state = $6)
  AND ($7::bigint IS NULL OR number < $7)
ORDER BY number DESC
LIMIT $8

-- name: lock_address
-- One writer of one address at a time, so that nobody withdraws what is replaced at the same moment.
SELECT pg_advisory_xact_lock(hashtextextended('consent ' || $1 || ' ' || $2, 0))

-- name: consents_of_person
-- What the person said, and what was said of addresses that are nobody else's.
SELECT c.* FROM consents c
WHERE c.organisation_id = $1
  AND (c.contact_id = ANY($2::text[])
       OR c.address = ANY($3::text[]) AND NOT EXISTS (
           SELECT FROM contact_numbers n
           WHERE n.organisation_id = $1 AND n.e164 = c.address AND n.contact_id <> ALL ($2::text[])
       ) AND NOT EXISTS (
           SELECT FROM contact_emails m
           WHERE m.organisation_id = $1 AND m.address = c.address AND m.contact_id <> ALL ($2::text[])
       ))
ORDER BY c.number

-- name: erase_consents
UPDATE consents c SET
    address = erased_token(c.organisation_id, c.address), contact_id = NULL, wording = NULL, source = 'erased', proof = '{}'
WHERE c.organisation_id = $1 AND c.id = ANY($2::text[]) AND c.address NOT LIKE 'erased:%'

-- name: erase_optout_events
UPDATE events e SET body = e.body || jsonb_build_object('to', erased_token(e.organisation_id, e.body ->> 'to'),
                                                        'evidence', 'erased')
FROM suppressions s
WHERE s.organisation_id = $1 AND s.e164 = ANY($2::text[])
  AND e.organisation_id = s.organisation_id AND e.subject = s.id AND e.type IN ('contact.optout', 'contact.optin')
