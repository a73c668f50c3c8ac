-- name: link_flow
INSERT INTO flow_approvals (organisation_id, flow_id, approval_id)
SELECT $1, $2, unnest($3::text[])
ON CONFLICT DO NOTHING

-- name: held_with
SELECT c.* FROM calls c JOIN flow_approvals f ON f.flow_id = c.flow_id
WHERE c.organisation_id = $1 AND f.approval_id = $2 AND c.status = 'queued'
ORDER BY c.id
FOR UPDATE OF c

-- name: release_held
UPDATE calls c SET held = false, reason = NULL
FROM flow_approvals f
WHERE f.approval_id = $2 AND c.organisation_id = $1 AND c.flow_id = f.flow_id AND c.held
  AND c.status = 'queued'
  AND NOT EXISTS (
      SELECT FROM flow_approvals other JOIN approvals a ON a.id = other.approval_id
      WHERE other.flow_id = c.flow_id AND a.state <> 'approved'
  )
