-- name: hold_counting
SELECT pg_try_advisory_xact_lock(hashtextextended('campaign counts', 0))

-- name: fold_deltas
-- One statement: a delta is gone when it is counted, and never before. Those of a deleted campaign are of no use.
WITH taken AS (
    DELETE FROM campaign_deltas WHERE id IN (SELECT id FROM campaign_deltas ORDER BY id LIMIT $1)
    RETURNING campaign_id, kind, key, n
), folded AS (
    INSERT INTO campaign_counts (campaign_id, kind, key, n)
    SELECT t.campaign_id, t.kind, t.key, sum(t.n) FROM taken t JOIN campaigns g ON g.id = t.campaign_id
    GROUP BY t.campaign_id, t.kind, t.key
    HAVING sum(t.n) <> 0
    ON CONFLICT (campaign_id, kind, key) DO UPDATE SET n = campaign_counts.n + excluded.n
)
SELECT count(*) FROM taken
