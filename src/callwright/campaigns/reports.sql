-- name: over_time
-- Of a campaign that only writes, its texts or emails in the place of calls.
SELECT date_bin($3::interval, c.ended_at, TIMESTAMPTZ '2000-01-01 00:00:00+00') AS at, c.outcome, count(*) AS n
FROM (
    SELECT ended_at, outcome FROM calls
    WHERE organisation_id = $1 AND campaign_id = $2 AND ended_at IS NOT NULL AND outcome IS NOT NULL
    UNION ALL
    SELECT r.ended_at, r.outcome FROM recipients r
    WHERE r.organisation_id = $1 AND r.campaign_id = $2 AND r.state = 'done' AND r.message_id IS NOT NULL
      AND r.call_id IS NULL
) AS c
GROUP BY 1, 2
ORDER BY 1, 2

-- name: lanes_of
SELECT id, zones FROM lanes WHERE organisation_id = $1 AND campaign_id = $2

-- name: by_zone_and_hour
-- Hours of the people's own day. $3 and $4: lanes and their zones; $5: the zone of calls without a lane.
SELECT coalesce(z.zone, $5) AS zone,
       extract(hour FROM c.at AT TIME ZONE coalesce(z.zone, $5))::integer AS hour,
       c.outcome, count(*) AS n
FROM (
    SELECT lane_id, outcome, coalesce(answered_at, ended_at) AS at FROM calls
    WHERE organisation_id = $1 AND campaign_id = $2 AND ended_at IS NOT NULL AND outcome IS NOT NULL
    UNION ALL
    SELECT r.lane_id, r.outcome, r.ended_at FROM recipients r
    WHERE r.organisation_id = $1 AND r.campaign_id = $2 AND r.state = 'done' AND r.message_id IS NOT NULL
      AND r.call_id IS NULL
) AS c
LEFT JOIN unnest($3::bigint[], $4::text[]) AS z(lane_id, zone) ON z.lane_id = c.lane_id
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3

-- name: in_the_air
SELECT c.id, c.to_number, c.status, c.created_at, c.answered_at, c.dtmf_response, c.amd_result, a.claimed_at
FROM recipients r
JOIN calls c ON c.id = r.call_id
LEFT JOIN LATERAL (
    SELECT claimed_at FROM attempts a WHERE a.call_id = c.id ORDER BY a.ordinal DESC LIMIT 1
) AS a ON true
WHERE r.organisation_id = $1 AND r.campaign_id = $2 AND r.state = 'active'
  AND c.status IN ('dialing', 'ringing', 'in_progress')
ORDER BY c.answered_at DESC NULLS LAST, c.number DESC
LIMIT $3
