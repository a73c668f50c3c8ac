-- name: begin_scheduled
SELECT * FROM campaigns
WHERE kind = 'campaign' AND state = 'scheduled' AND (starts_at IS NULL OR starts_at <= $1)
  AND (ends_at IS NULL OR ends_at > $1)
ORDER BY starts_at
LIMIT $2
FOR UPDATE SKIP LOCKED

-- name: perhaps_done
-- Nobody is in the air, and nobody is left, or there is no time left.
SELECT g.id FROM campaigns g
WHERE g.kind = 'campaign' AND NOT g.filling
  AND (g.state = 'running' OR g.state IN ('scheduled', 'paused') AND g.ends_at <= $1)
  AND NOT EXISTS (SELECT FROM recipients r WHERE r.campaign_id = g.id AND r.state = 'active')
  AND (g.ends_at <= $1 OR NOT EXISTS (
      SELECT FROM lanes l
      WHERE l.campaign_id = g.id
        AND (EXISTS (SELECT FROM recipients r
                     WHERE r.lane_id = l.id AND r.state = 'waiting' AND r.id >= l.next_recipient)
             OR EXISTS (SELECT FROM recipients r WHERE r.lane_id = l.id AND r.state = 'again'))
  ))
ORDER BY g.number
LIMIT $2

-- name: hold_campaign
SELECT * FROM campaigns WHERE id = $1 FOR UPDATE SKIP LOCKED

-- name: is_done
-- Asked once more when the campaign is held: recipients are only added by who holds it.
SELECT NOT EXISTS (SELECT FROM recipients r WHERE r.campaign_id = $1 AND r.state = 'active')
   AND ($2 OR NOT EXISTS (
       SELECT FROM lanes l
       WHERE l.campaign_id = $1
         AND (EXISTS (SELECT FROM recipients r
                      WHERE r.lane_id = l.id AND r.state = 'waiting' AND r.id >= l.next_recipient)
              OR EXISTS (SELECT FROM recipients r WHERE r.lane_id = l.id AND r.state = 'again'))
   ))

-- name: left_over
SELECT coalesce(sum((SELECT count(*) FROM recipients r WHERE r.lane_id = l.id AND r.state = 'waiting')
                    + (SELECT count(*) FROM recipients r WHERE r.lane_id = l.id AND r.state = 'again')), 0)::bigint
FROM lanes l WHERE l.campaign_id = $1

-- name: move
UPDATE campaigns SET
    state = $2, state_reason = $3, updated_at = now(),
    started_at = CASE WHEN $2 = 'running' THEN coalesce(started_at, now()) ELSE started_at END,
    ended_at = CASE WHEN $2 = 'completed' THEN now() END
WHERE id = $1
RETURNING *

-- name: over_with_calls
SELECT g.id, g.state, g.state_reason, g.ends_at FROM campaigns g
WHERE g.kind = 'campaign' AND g.state IN ('completed', 'cancelled') AND g.ended_at > now() - $1::interval
  AND (EXISTS (SELECT FROM lanes l JOIN calls c ON c.lane_id = l.id AND c.status = 'queued' WHERE l.campaign_id = g.id)
       OR EXISTS (SELECT FROM messages m
                  WHERE m.campaign_id = g.id AND m.status = 'queued' AND m.lane_id IS NOT NULL)
       OR EXISTS (SELECT FROM lanes l JOIN recipients r ON r.lane_id = l.id AND r.state = 'again'
                  WHERE l.campaign_id = g.id))
ORDER BY g.ended_at
LIMIT 20

-- name: queued_calls
SELECT c.* FROM lanes l JOIN calls c ON c.lane_id = l.id AND c.status = 'queued'
WHERE l.campaign_id = $1
LIMIT $2
FOR UPDATE OF c SKIP LOCKED

-- name: queued_messages
SELECT m.id FROM messages m
WHERE m.campaign_id = $1 AND m.status = 'queued' AND m.lane_id IS NOT NULL
LIMIT $2
FOR UPDATE OF m SKIP LOCKED

-- name: end_again
-- They keep the outcome of their last call.
UPDATE recipients r SET state = 'done', again_at = NULL
WHERE r.id IN (SELECT a.id FROM lanes l JOIN recipients a ON a.lane_id = l.id AND a.state = 'again'
               WHERE l.campaign_id = $1 LIMIT $2 FOR UPDATE OF a SKIP LOCKED)
  AND r.outcome IS NOT NULL
