-- name: release
UPDATE campaigns g SET held = false, updated_at = now()
FROM flow_approvals f
WHERE f.approval_id = $2 AND g.organisation_id = $1 AND g.flow_id = f.flow_id AND g.held
  AND NOT EXISTS (
      SELECT FROM flow_approvals other JOIN approvals a ON a.id = other.approval_id
      WHERE other.flow_id = g.flow_id AND a.state <> 'approved'
  )

-- name: reject
-- A draft stays one: it says so when it is looked at.
WITH those AS (
    SELECT g.id, g.state FROM campaigns g JOIN flow_approvals f ON f.flow_id = g.flow_id
    WHERE f.approval_id = $2 AND g.organisation_id = $1 AND g.kind = 'campaign'
      AND g.state IN ('scheduled', 'running', 'paused')
    ORDER BY g.id
    FOR NO KEY UPDATE OF g
)
UPDATE campaigns g SET state = 'paused', state_reason = $3, held = true, updated_at = now()
FROM those WHERE g.id = those.id
RETURNING g.*, those.state AS was
