-- name: reached
SELECT g.campaign_id FROM goals g JOIN campaigns c ON c.id = g.campaign_id
WHERE c.kind = 'campaign' AND c.state = 'running' AND g.accepted >= g.accepts
  AND NOT EXISTS (
      SELECT FROM recipients r JOIN attempts a ON a.call_id = r.call_id
      WHERE r.campaign_id = c.id AND r.state = 'active' AND a.state <> 'ended'
  )
ORDER BY c.number
LIMIT $1

-- name: hold_campaign
SELECT * FROM campaigns WHERE id = $1 FOR NO KEY UPDATE

-- name: lock_goal
SELECT accepts, pace, stand_by, accepted, undecided, declined, standing_by FROM goals WHERE campaign_id = $1 FOR UPDATE

-- name: complete
UPDATE campaigns SET state = 'completed', state_reason = $2, updated_at = now(), ended_at = now()
WHERE id = $1
RETURNING *

-- name: reopen
UPDATE campaigns SET state = 'running', state_reason = NULL, updated_at = now(), ended_at = NULL
WHERE id = $1 AND (ends_at IS NULL OR ends_at > now())
RETURNING *

-- name: page_of_accepts
SELECT e.recipient_id, e.call_id, e.place, e.accepted_at, r.position, r.to_number, r.contact_id
FROM accepts e JOIN recipients r ON r.id = e.recipient_id AND r.campaign_id = e.campaign_id
WHERE e.campaign_id = $1 AND r.organisation_id = $2
ORDER BY e.place DESC, e.accepted_at, e.recipient_id
LIMIT $3

-- name: drop_accept
DELETE FROM accepts WHERE campaign_id = $1 AND recipient_id = $2 RETURNING place, call_id

-- name: first_standing_by
SELECT recipient_id, call_id FROM accepts WHERE campaign_id = $1 AND place = 'stand_by'
ORDER BY accepted_at, recipient_id
LIMIT 1

-- name: move_up
UPDATE accepts SET place = 'taken' WHERE campaign_id = $1 AND recipient_id = $2

-- name: count
UPDATE goals SET accepted = accepted + $2, standing_by = standing_by + $3 WHERE campaign_id = $1

-- name: accept_of
SELECT e.place, e.accepted_at FROM accepts e WHERE e.campaign_id = $1 AND e.recipient_id = $2
