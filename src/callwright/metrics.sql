-- name: finished
-- counts whole history, so it is asked seldom
SELECT status, coalesce(outcome, '') AS outcome, count(*) AS calls
FROM calls WHERE outcome IS NOT NULL GROUP BY 1, 2

-- name: now
SELECT
    (SELECT count(*) FROM calls WHERE status = 'queued') AS queued,
    (SELECT count(*) FROM calls WHERE status = 'queued' AND due_at <= now()) AS due,
    (SELECT count(*) FROM deliveries WHERE state = 'pending') AS deliveries,
    (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM deliveries WHERE state = 'pending')
        AS delivery_age,
    (SELECT count(*) FROM events WHERE sequence IS NULL) AS unstamped,
    (SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM events WHERE sequence IS NULL)
        AS unstamped_age

-- name: live
SELECT state, count(*) AS attempts FROM attempts WHERE state <> 'ended' GROUP BY state
