-- name: defer_unpaid
-- only those whose reason is new are returned
WITH deferred AS (
    SELECT id, reason FROM calls WHERE id = ANY($1::text[]) FOR UPDATE
), changed AS (
    UPDATE calls c SET
        reason = $3, due_at = CASE WHEN $2::interval > interval '0' THEN now() + $2::interval ELSE c.due_at END
    FROM deferred d WHERE c.id = d.id
    RETURNING c.*, d.reason IS DISTINCT FROM $3 AS is_new
)
SELECT * FROM changed WHERE is_new ORDER BY number

-- name: add_price
UPDATE calls c SET price = coalesce(c.price, 0) + $3, currency = b.currency
FROM balances b
WHERE c.organisation_id = $1 AND c.id = $2 AND b.organisation_id = c.organisation_id

-- name: due_renewals
-- Answered calls, of those that this process holds, whose paid time ends within $2.
SELECT c.subject, c.organisation_id, t.call_id, t.attempt_id,
       extract(epoch FROM t.answered_at + make_interval(secs => c.covered_seconds) - now())::float AS left
FROM charges c
JOIN (
    SELECT id, id AS attempt_id, call_id, answered_at FROM attempts WHERE id = ANY($1::text[]) AND state = 'answered'
    UNION ALL
    SELECT id, attempt_id, call_id, connected_at FROM transfers WHERE attempt_id = ANY($1::text[]) AND state = 'connected'
) AS t ON t.id = c.subject
WHERE c.charged IS NULL AND t.answered_at + make_interval(secs => c.covered_seconds) < now() + $2::interval
ORDER BY c.organisation_id, c.subject

-- name: lock_call_of_charge
SELECT k.* FROM calls k WHERE k.organisation_id = $1 AND k.id = $2 FOR UPDATE

-- name: leaked_holds
-- Across organisations, for the reaper: held for attempts and transfers that do not live.
SELECT c.organisation_id, c.subject FROM charges c
WHERE c.charged IS NULL AND c.channel IN ('call', 'inbound')
  AND NOT EXISTS (SELECT FROM attempts a WHERE a.id = c.subject AND a.state <> 'ended')
  AND NOT EXISTS (SELECT FROM transfers t WHERE t.id = c.subject AND t.state <> 'ended')
ORDER BY c.organisation_id, c.subject

-- name: stop_campaigns
-- Of their organisations the claim holds the counters.
UPDATE limits l SET next_call_at = greatest(l.next_call_at, now() + $2::interval)
FROM calls c
WHERE c.id = ANY($1::text[]) AND c.lane_id IS NOT NULL AND l.kind = 'campaign' AND l.key = c.campaign_id
