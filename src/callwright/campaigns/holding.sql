-- name: release
UPDATE campaigns g SET held = false, updated_at = now()
WHERE g.organisation_id = $1 AND g.held
  AND (EXISTS (SELECT FROM flow_approvals f WHERE f.approval_id = $2 AND f.flow_id = g.flow_id)
       OR EXISTS (SELECT FROM campaign_approvals c WHERE c.approval_id = $2 AND c.campaign_id = g.id))
  AND NOT EXISTS (
      SELECT FROM flow_approvals other JOIN approvals a ON a.id = other.approval_id
      WHERE other.flow_id = g.flow_id AND a.state <> 'approved'
  )
  AND NOT EXISTS (
      SELECT FROM campaign_approvals other JOIN approvals a ON a.id = other.approval_id
      WHERE other.campaign_id = g.id AND a.state <> 'approved'
  )

-- name: reject
-- A draft stays one: it says so when it is looked at.
WITH those AS (
    SELECT g.id, g.state FROM campaigns g
    WHERE g.organisation_id = $1 AND g.kind = 'campaign' AND g.state IN ('scheduled', 'running', 'paused')
      AND (EXISTS (SELECT FROM flow_approvals f WHERE f.approval_id = $2 AND f.flow_id = g.flow_id)
           OR EXISTS (SELECT FROM campaign_approvals c WHERE c.approval_id = $2 AND c.campaign_id = g.id))
    ORDER BY g.id
    FOR NO KEY UPDATE OF g
)
UPDATE campaigns g SET state = 'paused', state_reason = $3, held = true, updated_at = now()
FROM those WHERE g.id = those.id
RETURNING g.*, those.state AS was

-- name: forget_texts
DELETE FROM campaign_approvals WHERE organisation_id = $1 AND campaign_id = $2

-- name: link_texts
INSERT INTO campaign_approvals (organisation_id, campaign_id, approval_id)
SELECT $1, $2, unnest($3::text[])
ON CONFLICT DO NOTHING

-- name: hold
UPDATE campaigns SET held = true WHERE organisation_id = $1 AND id = $2
RETURNING *
