-- name: lock_goals
SELECT campaign_id, accepts, pace, stand_by, accepted, undecided, declined, standing_by FROM goals
WHERE campaign_id = ANY($1::text[])
ORDER BY campaign_id
FOR UPDATE

-- name: undecided
-- Attempts of campaigns that want so many people and no more are counted from their claim on.
WITH claimed AS (
    SELECT * FROM unnest($1::text[], $2::text[]) AS n(campaign_id, attempt_id)
), marked AS (
    UPDATE attempts a SET undecided = true
    FROM claimed n JOIN goals g USING (campaign_id)
    WHERE a.id = n.attempt_id
    RETURNING n.campaign_id
)
UPDATE goals g SET undecided = g.undecided + m.calls
FROM (SELECT campaign_id, count(*) AS calls FROM marked GROUP BY campaign_id) AS m
WHERE g.campaign_id = m.campaign_id

-- name: trying
SELECT key, counted_from FROM breakers WHERE kind = 'campaign' AND state = 'trying' AND key = ANY($1::text[])

-- name: tried
-- Which of those breakers have their one call already.
SELECT n.campaign_id FROM unnest($1::text[], $2::timestamptz[]) AS n(campaign_id, since)
WHERE EXISTS (
    SELECT FROM recipients r JOIN attempts a ON a.call_id = r.call_id
    WHERE r.campaign_id = n.campaign_id AND r.state = 'active' AND a.state <> 'ended' AND a.claimed_at >= n.since
) OR EXISTS (
    SELECT FROM attempts a JOIN calls c ON c.id = a.call_id
    WHERE a.ended_at >= n.since AND a.claimed_at >= n.since AND c.campaign_id = n.campaign_id
      AND a.outcome NOT IN ('cancelled', 'skipped', 'interrupted') AND NOT a.failed_over
)
