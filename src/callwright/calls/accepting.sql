-- name: call_that_accepts
SELECT c.*, a.undecided FROM attempts a JOIN calls c ON c.id = a.call_id
WHERE a.id = $1 AND a.state <> 'ended'
FOR UPDATE OF c

-- name: hold_campaign
SELECT FROM campaigns WHERE organisation_id = $1 AND id = $2 FOR KEY SHARE

-- name: lock_goal
SELECT accepts, pace, stand_by, accepted, undecided, declined, standing_by FROM goals
WHERE organisation_id = $1 AND campaign_id = $2
FOR UPDATE

-- name: place_of
SELECT place FROM accepts WHERE campaign_id = $1 AND recipient_id = $2

-- name: insert_accept
INSERT INTO accepts (campaign_id, recipient_id, call_id, place) VALUES ($1, $2, $3, $4)

-- name: count_accept
-- The share of this attempt, when it has one, becomes a place in the same statement: the sum never passes the goal.
UPDATE goals SET
    accepted = accepted + ($3 = 'taken')::integer,
    standing_by = standing_by + ($3 = 'stand_by')::integer,
    undecided = undecided - $4::integer
WHERE organisation_id = $1 AND campaign_id = $2

-- name: decide_attempt
UPDATE attempts SET undecided = false WHERE id = $1

-- name: release_goal
UPDATE goals SET undecided = greatest(undecided - 1, 0), declined = declined + $3::integer
WHERE organisation_id = $1 AND campaign_id = $2

-- name: lock_goals
SELECT FROM goals ORDER BY campaign_id FOR UPDATE

-- name: recount_goals
UPDATE goals g SET undecided = live.undecided, accepted = live.accepted, standing_by = live.standing_by
FROM (
    SELECT k.campaign_id,
           (SELECT count(*) FROM attempts a JOIN calls c ON c.id = a.call_id
            WHERE a.state <> 'ended' AND a.undecided AND c.campaign_id = k.campaign_id) AS undecided,
           count(e.campaign_id) FILTER (WHERE e.place = 'taken') AS accepted,
           count(e.campaign_id) FILTER (WHERE e.place = 'stand_by') AS standing_by
    FROM goals k LEFT JOIN accepts e USING (campaign_id)
    GROUP BY k.campaign_id
) AS live
WHERE g.campaign_id = live.campaign_id
  AND (g.undecided, g.accepted, g.standing_by) IS DISTINCT FROM (live.undecided, live.accepted, live.standing_by)
