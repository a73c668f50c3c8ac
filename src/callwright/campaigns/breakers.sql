-- name: longest_window
SELECT coalesce(max(window_seconds), 0) FROM breakers WHERE kind = $1

-- name: trunks_seen
-- Of each trunk what ended within its window, or since its breaker was tried. $2 is the longest window, so that the
-- planner knows how little is read.
SELECT t.id AS key, t.organisation_id, t.name, b.enabled, b.share, b.least_calls, b.window_seconds, b.pause_seconds,
       b.state, b.open_until, b.counted_from, b.trips, b.reason, now() AS now,
       coalesce(s.calls, 0) AS calls, coalesce(s.failures, 0) AS failures,
       CASE WHEN b.state = 'trying' THEN (
           SELECT count(*) FROM attempts a
           WHERE a.trunk_id = t.id AND a.state IN ('ringing', 'answered') AND a.claimed_at >= b.counted_from
       ) ELSE 0 END AS good_so_far
FROM trunks t
LEFT JOIN breakers b ON b.kind = 'trunk' AND b.key = t.id
LEFT JOIN (
    SELECT a.trunk_id, count(*) AS calls, count(*) FILTER (WHERE a.trunk_fault) AS failures
    FROM attempts a LEFT JOIN breakers w ON w.kind = 'trunk' AND w.key = a.trunk_id
    WHERE a.ended_at > now() - make_interval(secs => $2::integer)
      AND a.ended_at > now() - make_interval(secs => coalesce(w.window_seconds, $1::integer))
      AND a.claimed_at >= coalesce(w.counted_from, '-infinity')
      AND a.direction = 'outbound' AND a.dialing_at IS NOT NULL
      AND a.outcome NOT IN ('cancelled', 'skipped', 'interrupted')
    GROUP BY a.trunk_id
) AS s ON s.trunk_id = t.id
-- a handset of the lab that has no line free says nothing of the lab
WHERE t.enabled AND t.kind = 'sip' AND (s.calls > 0 OR b.state <> 'closed')
ORDER BY t.id

-- name: campaigns_seen
SELECT c.id AS key, c.organisation_id, c.name, b.enabled, b.share, b.least_calls, b.window_seconds, b.pause_seconds,
       b.state, b.open_until, b.counted_from, b.trips, b.reason, now() AS now,
       coalesce(s.calls, 0) AS calls, coalesce(s.failures, 0) AS failures,
       CASE WHEN b.state = 'trying' THEN (
           SELECT count(*) FROM recipients r JOIN attempts a ON a.call_id = r.call_id
           WHERE r.campaign_id = c.id AND r.state = 'active' AND a.state IN ('ringing', 'answered')
             AND a.claimed_at >= b.counted_from
       ) ELSE 0 END AS good_so_far
FROM campaigns c
LEFT JOIN breakers b ON b.kind = 'campaign' AND b.key = c.id
LEFT JOIN (
    SELECT k.campaign_id, count(*) AS calls,
           count(*) FILTER (WHERE a.outcome IN ('failed', 'congestion', 'invalid_number')) AS failures
    FROM attempts a
    -- one look into the index for each of them, never all calls
    CROSS JOIN LATERAL (SELECT c.campaign_id, c.lane_id FROM calls c WHERE c.id = a.call_id OFFSET 0) AS k
    LEFT JOIN breakers w ON w.kind = 'campaign' AND w.key = k.campaign_id
    WHERE a.ended_at > now() - make_interval(secs => $2::integer)
      AND a.ended_at > now() - make_interval(secs => coalesce(w.window_seconds, $1::integer))
      AND a.claimed_at >= coalesce(w.counted_from, '-infinity')
      AND a.outcome NOT IN ('cancelled', 'skipped', 'interrupted') AND NOT a.failed_over
      AND k.lane_id IS NOT NULL
    GROUP BY k.campaign_id
) AS s ON s.campaign_id = c.id
WHERE c.kind = 'campaign'
  AND (c.state = 'running' AND (s.calls > 0 OR b.state <> 'closed') OR c.state = 'paused' AND b.state = 'open')
ORDER BY c.id

-- name: hold_trunk
INSERT INTO breakers (organisation_id, kind, key) SELECT organisation_id, 'trunk', id FROM trunks WHERE id = $1
ON CONFLICT DO NOTHING
RETURNING key

-- name: hold_campaign
SELECT * FROM campaigns WHERE id = $1 FOR NO KEY UPDATE

-- name: standing
SELECT state, open_until, counted_from, trips, reason FROM breakers WHERE kind = $1 AND key = $2 FOR UPDATE

-- name: now
SELECT now()

-- name: put_standing
INSERT INTO breakers (organisation_id, kind, key, state, open_until, counted_from, trips, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (kind, key) DO UPDATE SET
    state = excluded.state, open_until = excluded.open_until, counted_from = excluded.counted_from,
    trips = excluded.trips, reason = excluded.reason

-- name: put_terms
INSERT INTO breakers (organisation_id, kind, key, enabled, share, least_calls, window_seconds, pause_seconds)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (kind, key) DO UPDATE SET
    enabled = excluded.enabled, share = excluded.share, least_calls = excluded.least_calls,
    window_seconds = excluded.window_seconds, pause_seconds = excluded.pause_seconds

-- name: breakers_of
SELECT key, enabled, share, least_calls, window_seconds, pause_seconds, state, open_until, counted_from, trips, reason
FROM breakers WHERE organisation_id = $1 AND kind = $2 AND key = ANY($3::text[])
