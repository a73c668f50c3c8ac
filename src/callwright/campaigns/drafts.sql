-- name: insert_draft
INSERT INTO campaign_drafts (id, organisation_id, owner_id, sandbox, name, form) VALUES ($1, $2, $3, $4, $5, $6)
RETURNING *

-- name: get_draft
SELECT * FROM campaign_drafts
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND (NOT $3::boolean OR sandbox) AND id = $4

-- name: page_of_drafts
SELECT id, number, organisation_id, owner_id, sandbox, name, '{}'::jsonb AS form, created_at, updated_at
FROM campaign_drafts
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND (NOT $3::boolean OR sandbox)
  AND ($4::bigint IS NULL OR number < $4)
ORDER BY number DESC
LIMIT $5

-- name: update_draft
UPDATE campaign_drafts SET name = coalesce($5, name), form = coalesce($6::jsonb, form), updated_at = now()
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND (NOT $3::boolean OR sandbox) AND id = $4
RETURNING *

-- name: delete_draft
DELETE FROM campaign_drafts
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND (NOT $3::boolean OR sandbox) AND id = $4
RETURNING name

-- name: forget_drafts
DELETE FROM campaign_drafts WHERE updated_at < now() - interval '90 days'
