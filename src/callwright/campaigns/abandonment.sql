-- name: limited
SELECT id FROM campaigns WHERE kind = 'campaign' AND state = 'running' AND abandonment_limit IS NOT NULL ORDER BY number

-- name: hold_campaign
SELECT * FROM campaigns WHERE id = $1 FOR NO KEY UPDATE

-- name: days
SELECT kind, key, sum(n)::bigint AS n FROM (
    SELECT kind, key, n FROM campaign_counts WHERE campaign_id = $1 AND kind IN ('person', 'abandoned')
    UNION ALL
    SELECT kind, key, n FROM campaign_deltas WHERE campaign_id = $1 AND kind IN ('person', 'abandoned')
) AS all_of_it
GROUP BY kind, key
