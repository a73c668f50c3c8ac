-- name: calls_that_play
-- Those of campaigns that wait in a lane are their campaign's.
SELECT (
    SELECT count(*) FROM calls c JOIN flow_audio f ON f.flow_id = c.flow_id
    WHERE f.audio_id = $2 AND c.organisation_id = $1 AND c.status = 'queued' AND c.lane_id IS NULL
) + (
    SELECT count(*) FROM attempts a JOIN calls c ON c.id = a.call_id JOIN flow_audio f ON f.flow_id = c.flow_id
    WHERE a.organisation_id = $1 AND a.state <> 'ended' AND f.audio_id = $2
)

-- name: campaigns_that_play
SELECT c.id, c.name FROM campaigns c JOIN flow_audio f ON f.flow_id = c.flow_id
WHERE f.audio_id = $2 AND c.organisation_id = $1 AND c.kind = 'campaign'
  AND c.state IN ('draft', 'scheduled', 'running', 'paused')
ORDER BY c.number LIMIT 5
