-- name: lanes_of
SELECT l.id, l.zones, l.open_from, l.open_until, now() AS now,
       g.schedule, g.starts_at, g.ends_at, g.purpose, g.sandbox,
       o.time_zone AS organisation_zone, o.calling_from, o.calling_until
FROM lanes l
JOIN campaigns g ON g.id = l.campaign_id
JOIN organisations o ON o.id = g.organisation_id
WHERE l.campaign_id = $1
ORDER BY l.id
FOR NO KEY UPDATE OF l

-- name: set_hours
UPDATE lanes l SET open_from = h.open_from, open_until = h.open_until
FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[]) AS h(id, open_from, open_until)
WHERE l.id = h.id

-- name: campaigns_with_old_hours
SELECT l.campaign_id, min(l.open_until) AS since
FROM lanes l JOIN campaigns g ON g.id = l.campaign_id
WHERE l.open_until <= $1 AND g.state IN ('draft', 'scheduled', 'running', 'paused')
GROUP BY l.campaign_id
ORDER BY since
LIMIT $2
