-- name: insert_flow
INSERT INTO saved_flows (id, organisation_id, owner_id, name, description, draft, layout, sandbox)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING *

-- name: get_flow
SELECT * FROM saved_flows WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND id = $3

-- name: lock_flow
SELECT * FROM saved_flows WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND id = $3 FOR UPDATE

-- name: page_of_flows
SELECT * FROM saved_flows
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND ($3::bigint IS NULL OR number < $3)
  AND ($5::text IS NULL OR name = $5)
ORDER BY number DESC
LIMIT $4

-- name: update_flow
UPDATE saved_flows
SET name = coalesce($3, name), description = coalesce($4, description), draft = coalesce($5::jsonb, draft),
    layout = coalesce($6::jsonb, layout),
    revision = revision + CASE WHEN $5::jsonb IS NOT NULL OR $6::jsonb IS NOT NULL THEN 1 ELSE 0 END,
    updated_at = now()
WHERE organisation_id = $1 AND id = $2
RETURNING *

-- name: delete_flow
DELETE FROM saved_flows WHERE organisation_id = $1 AND id = $2

-- name: insert_version
INSERT INTO flow_versions (organisation_id, saved_flow_id, version, body, hash, layout, note, published_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
RETURNING *

-- name: set_published
UPDATE saved_flows SET published = $3, updated_at = now() WHERE organisation_id = $1 AND id = $2 RETURNING *

-- name: versions_of
SELECT * FROM flow_versions
WHERE organisation_id = $1 AND saved_flow_id = $2 AND ($3::integer IS NULL OR version < $3)
ORDER BY version DESC
LIMIT $4

-- name: get_version
SELECT * FROM flow_versions WHERE organisation_id = $1 AND saved_flow_id = $2 AND version = $3

-- name: running
-- Campaigns that have not ended, by what they run.
SELECT g.id, g.name, g.state, max(v.version) AS version
FROM flow_versions v
JOIN flows f ON f.organisation_id = v.organisation_id AND f.hash = v.hash
JOIN campaigns g ON g.flow_id = f.id AND g.kind = 'campaign' AND g.state IN ('scheduled', 'running', 'paused')
WHERE v.organisation_id = $1 AND v.saved_flow_id = $3 AND ($2::text IS NULL OR g.owner_id = $2)
GROUP BY g.id, g.name, g.state, g.number
ORDER BY g.number DESC
LIMIT 50

-- name: published_bodies
-- The newest published version of each.
SELECT s.id, v.body FROM saved_flows s
JOIN flow_versions v ON v.saved_flow_id = s.id AND v.version = s.published
WHERE s.organisation_id = $1 AND ($2::text IS NULL OR s.owner_id = $2) AND s.id = ANY($3::text[])
