-- name: again
-- A person who accepted is not asked again.
UPDATE recipients SET state = 'again', again_at = now(), call_id = NULL
WHERE id IN (
    SELECT r.id FROM recipients r
    WHERE r.campaign_id = $1 AND r.state = 'done' AND r.outcome = ANY($2::text[])
      AND NOT EXISTS (SELECT FROM accepts a WHERE a.campaign_id = r.campaign_id AND a.recipient_id = r.id)
    LIMIT $3
    FOR UPDATE SKIP LOCKED
)

-- name: reopen
UPDATE campaigns SET
    state = CASE state WHEN 'completed' THEN 'running' ELSE state END,
    state_reason = CASE state WHEN 'completed' THEN NULL ELSE state_reason END,
    ended_at = NULL, filling = filling OR $3, updated_at = now()
WHERE organisation_id = $1 AND id = $2
RETURNING *

-- name: all_there
UPDATE campaigns g SET
    filling = EXISTS (SELECT FROM campaign_uploads u WHERE u.campaign_id = g.id AND u.state IN ('queued', 'running'))
WHERE g.id = $1
