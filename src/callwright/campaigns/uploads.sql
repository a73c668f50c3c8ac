-- name: insert_upload
INSERT INTO campaign_uploads (id, organisation_id, campaign_id, file_name, bytes, plan, first_position)
VALUES (
    $1, $2, $3, $4, $5, $6,
    1 + greatest(
        coalesce((SELECT position FROM recipients WHERE campaign_id = $3 ORDER BY id DESC LIMIT 1), 0),
        coalesce((SELECT max(first_position + $7) FROM campaign_uploads
                  WHERE campaign_id = $3 AND state IN ('queued', 'running')), 0)
    )
)
RETURNING *

-- name: uploads_of
SELECT * FROM campaign_uploads WHERE organisation_id = $1 AND campaign_id = $2 ORDER BY number DESC LIMIT 1000

-- name: get_upload
SELECT * FROM campaign_uploads WHERE organisation_id = $1 AND campaign_id = $2 AND id = $3

-- name: upload_to_run
-- Of any organisation: the background job has its id from us. Files of one campaign are taken in one after another.
UPDATE campaign_uploads u SET state = 'running', started_at = coalesce(u.started_at, now())
FROM campaigns g
WHERE u.id = $1 AND u.state IN ('queued', 'running') AND g.id = u.campaign_id
RETURNING u.*, g.state AS campaign_state, g.owner_id

-- name: count_chunk
-- Nothing, when another process took this chunk in, or the campaign is over.
UPDATE campaign_uploads u SET
    processed = u.processed + $3, added = u.added + $4, duplicates = u.duplicates + $5, failed = u.failed + $6,
    bytes_read = $7
FROM campaigns g
WHERE u.id = $1 AND u.processed = $2 AND u.state = 'running' AND g.id = u.campaign_id
  AND g.state NOT IN ('completed', 'cancelled')
RETURNING u.id

-- name: end_upload
UPDATE campaign_uploads SET state = $2, error = $3, ended_at = now() WHERE id = $1 AND state = 'running'
RETURNING *

-- name: filled
-- Recipients are complete when nothing else adds any.
UPDATE campaigns g SET
    filling = EXISTS (SELECT FROM campaign_uploads u WHERE u.campaign_id = g.id AND u.state IN ('queued', 'running')),
    source = CASE WHEN $2::jsonb IS NULL THEN source ELSE source || $2 END
WHERE g.id = $1

-- name: create_staged
CREATE TEMPORARY TABLE staged (LIKE recipients INCLUDING DEFAULTS) ON COMMIT DROP

-- name: free_staged
ALTER TABLE staged ALTER COLUMN id DROP NOT NULL

-- name: take_staged
INSERT INTO recipients (
    organisation_id, campaign_id, lane_id, position, to_number, other_numbers, zone_source, variables, state, outcome,
    reason, ended_at
)
SELECT organisation_id, campaign_id, lane_id, position, to_number, other_numbers, zone_source, variables, state, outcome,
       reason, ended_at
FROM staged ORDER BY position
ON CONFLICT (campaign_id, to_number) DO NOTHING

-- name: newest_recipient
SELECT coalesce((SELECT id FROM recipients WHERE campaign_id = $1 ORDER BY id DESC LIMIT 1), 0)

-- name: has_contacts
SELECT EXISTS (SELECT FROM contact_numbers WHERE organisation_id = $1)

-- name: contacts_of_new
-- Of several contacts with one number the one that calls take, too. A recipient is a number or an address.
SELECT DISTINCT ON (r.id) r.id, r.to_number, c.id AS contact_id, c.known_zone
FROM recipients r
CROSS JOIN LATERAL (
    SELECT k.contact_id FROM contact_numbers k WHERE k.organisation_id = $1 AND k.e164 = r.to_number
    UNION ALL
    SELECT k.contact_id FROM contact_emails k WHERE k.organisation_id = $1 AND k.address = r.to_number
) AS n
JOIN contacts c ON c.id = n.contact_id
WHERE r.campaign_id = $2 AND r.id > $3 AND r.state = 'waiting' AND ($4::text IS NULL OR c.owner_id = $4)
ORDER BY r.id, n.contact_id

-- name: link_contacts
UPDATE recipients r SET contact_id = n.contact_id, lane_id = coalesce(l.id, r.lane_id),
    zone_source = CASE WHEN l.id IS NULL THEN r.zone_source ELSE n.zone_source END
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) AS n(id, contact_id, lane, zone_source)
LEFT JOIN lanes l ON l.campaign_id = $1 AND l.zones = n.lane
WHERE r.id = n.id

-- name: page_of_upload_errors
SELECT ordinal, line, field, reason, value FROM campaign_upload_errors
WHERE organisation_id = $1 AND upload_id = $2 AND ordinal > $3
ORDER BY ordinal
LIMIT $4
