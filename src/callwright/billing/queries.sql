-- Money. Whoever moves some locks the organisation's balance first, so what is read after that stays true.

-- name: lock_balances
SELECT organisation_id, currency, prepaid, reserved, daily_budget, monthly_budget, total_budget FROM balances
WHERE organisation_id = ANY($1::text[])
ORDER BY organisation_id
FOR UPDATE

-- name: quotes
SELECT w.subject, p.currency, (now() AT TIME ZONE o.time_zone)::date AS day,
       EXISTS (SELECT FROM charges c WHERE c.subject = w.subject) AS known, r.*
FROM jsonb_to_recordset($1) AS w(ordinal integer, subject text, organisation_id text, channel text, destination text)
JOIN organisations o ON o.id = w.organisation_id
JOIN rate_plans p ON p.id = o.rate_plan_id
LEFT JOIN LATERAL (
    SELECT d.channel, d.prefix, d.price, d.initial_seconds, d.increment_seconds, d.setup_fee, d.setup_on
    FROM rates d
    WHERE d.plan_id = o.rate_plan_id AND d.channel = w.channel AND d.effective_from <= now()
      AND d.prefix = ANY(ARRAY(SELECT left(w.destination, n) FROM generate_series(0, 16) AS n))
    ORDER BY length(d.prefix) DESC, d.effective_from DESC
    LIMIT 1
) AS r ON true
ORDER BY w.ordinal

-- name: limits_of_campaigns
SELECT organisation_id, id, budget FROM campaigns
WHERE organisation_id = ANY($1::text[]) AND id = ANY($2::text[]) AND budget IS NOT NULL

-- name: spent
SELECT s.organisation_id, s.period, s.used
FROM unnest($1::text[], $2::text[]) AS w(organisation_id, period) JOIN spending s USING (organisation_id, period)

-- name: book
-- All that a movement of money writes: the ledger, what the contact holds, what counts as spent, the balance.
WITH moved AS (
    SELECT * FROM jsonb_to_recordset($1) AS m(
        organisation_id text, kind text, subject text, call_id text, note text, prepaid numeric, reserved numeric,
        revenue numeric, credit numeric, cash numeric
    )
), written AS (
    INSERT INTO ledger_transactions (organisation_id, kind, subject, call_id, note)
    SELECT organisation_id, kind, subject, call_id, note FROM moved
    RETURNING id, organisation_id, kind, subject
), entered AS (
    INSERT INTO ledger_entries (transaction_id, organisation_id, account, amount)
    SELECT w.id, w.organisation_id, e.account, e.amount
    FROM written w JOIN moved m USING (organisation_id, kind, subject)
    CROSS JOIN LATERAL (VALUES
        ('prepaid', m.prepaid), ('reserved', m.reserved), ('revenue', m.revenue), ('credit', m.credit), ('cash', m.cash)
    ) AS e(account, amount)
    WHERE e.amount <> 0
), charged AS (
    INSERT INTO charges (
        subject, organisation_id, call_id, campaign_id, channel, prefix, price, initial_seconds, increment_seconds,
        setup_fee, setup_on, day, held, covered_seconds, charged, quantity, forgone, settled_at
    )
    SELECT n.subject, n.organisation_id, n.call_id, n.campaign_id, n.channel, n.prefix, n.price, n.initial_seconds,
           n.increment_seconds, n.setup_fee, n.setup_on, n.day, n.held, n.covered_seconds, n.charged, n.quantity,
           n.forgone, CASE WHEN n.charged IS NOT NULL THEN now() END
    FROM jsonb_to_recordset($2) AS n(
        subject text, organisation_id text, call_id text, campaign_id text, channel text, prefix text, price numeric,
        initial_seconds integer, increment_seconds integer, setup_fee numeric, setup_on text, day date, held numeric,
        covered_seconds integer, charged numeric, quantity integer, forgone numeric
    )
    ON CONFLICT (subject) DO UPDATE SET
        held = EXCLUDED.held, covered_seconds = EXCLUDED.covered_seconds, charged = EXCLUDED.charged,
        quantity = EXCLUDED.quantity, forgone = EXCLUDED.forgone, settled_at = EXCLUDED.settled_at
), spent AS (
    INSERT INTO spending AS s (organisation_id, period, used)
    SELECT organisation_id, period, used
    FROM jsonb_to_recordset($3) AS n(organisation_id text, period text, used numeric)
    ON CONFLICT (organisation_id, period) DO UPDATE SET used = s.used + EXCLUDED.used
)
UPDATE balances b SET
    prepaid = b.prepaid + s.prepaid, reserved = b.reserved + s.reserved,
    stopped_until = CASE WHEN s.prepaid > 0 THEN '-infinity' ELSE b.stopped_until END
FROM (
    SELECT organisation_id, sum(prepaid) AS prepaid, sum(reserved) AS reserved FROM moved GROUP BY organisation_id
) AS s
WHERE b.organisation_id = s.organisation_id
RETURNING b.organisation_id, b.currency, b.prepaid + b.reserved AS balance, b.low_at, b.low_since, b.low_webhook_url

-- name: mark_low
UPDATE balances SET low_since = CASE WHEN $2::boolean THEN now() END WHERE organisation_id = $1

-- name: stop_organisations
UPDATE balances SET stopped_until = now() + $2::interval WHERE organisation_id = ANY($1::text[])

-- name: lift_stop
UPDATE balances SET stopped_until = '-infinity' WHERE organisation_id = $1

-- name: charges
SELECT * FROM charges WHERE organisation_id = ANY($1::text[]) AND subject = ANY($2::text[])

-- name: mark_exhausted
UPDATE charges SET exhausted_at = now()
WHERE organisation_id = $1 AND subject = $2 AND charged IS NULL AND exhausted_at IS NULL
RETURNING subject

-- name: open_balance
INSERT INTO balances (organisation_id, currency) VALUES ($1, $2) ON CONFLICT (organisation_id) DO NOTHING

-- name: get_balance
SELECT * FROM balances WHERE organisation_id = $1

-- name: has_entries
SELECT EXISTS (SELECT FROM ledger_entries WHERE organisation_id = $1)

-- name: set_currency
UPDATE balances SET currency = $2 WHERE organisation_id = $1

-- name: plan_of_organisation
SELECT p.*, (SELECT count(*) FROM rates r WHERE r.plan_id = p.id) AS size
FROM organisations o JOIN rate_plans p ON p.id = o.rate_plan_id WHERE o.id = $1

-- name: assign_plan
UPDATE organisations SET rate_plan_id = $2 WHERE id = $1 RETURNING id

-- name: set_low
UPDATE balances SET
    low_at = $2, low_webhook_url = $3,
    low_since = CASE WHEN $2::numeric IS NULL OR prepaid + reserved >= $2 THEN NULL ELSE low_since END
WHERE organisation_id = $1
RETURNING organisation_id, currency, prepaid + reserved AS balance, low_at, low_since, low_webhook_url

-- name: find_movement
SELECT id FROM ledger_transactions WHERE organisation_id = $1 AND kind = $2 AND subject = $3

-- name: movement_amounts
SELECT account, amount FROM ledger_entries WHERE organisation_id = $1 AND transaction_id = $2

-- name: page_of_ledger
SELECT t.id, t.kind, t.subject, t.call_id, t.note, t.created_at,
       (SELECT jsonb_object_agg(e.account, e.amount::text) FROM ledger_entries e WHERE e.transaction_id = t.id) AS amounts
FROM ledger_transactions t
WHERE t.organisation_id = $1
  AND ($2::text IS NULL OR t.kind = $2)
  AND ($3::text IS NULL OR t.subject = $3)
  AND ($4::text IS NULL OR t.call_id = $4)
  AND ($5::timestamptz IS NULL OR t.created_at >= $5)
  AND ($6::timestamptz IS NULL OR t.created_at < $6)
  AND ($7::bigint IS NULL OR t.id < $7)
ORDER BY t.id DESC
LIMIT $8

-- name: insert_plan
INSERT INTO rate_plans (id, name, currency) VALUES ($1, $2, $3)
ON CONFLICT (name) DO NOTHING RETURNING *, 0 AS size

-- name: plans
SELECT p.*, (SELECT count(*) FROM rates r WHERE r.plan_id = p.id) AS size FROM rate_plans p ORDER BY p.number

-- name: find_plan
SELECT p.*, (SELECT count(*) FROM rates r WHERE r.plan_id = p.id) AS size
FROM rate_plans p WHERE p.id = $1 OR p.name = $1 OR p.number::text = $1

-- name: lock_plan
SELECT id FROM rate_plans WHERE id = $1 FOR UPDATE

-- name: delete_rates
DELETE FROM rates WHERE plan_id = $1

-- name: insert_rates
INSERT INTO rates (
    plan_id, channel, prefix, price, initial_seconds, increment_seconds, setup_fee, setup_on, effective_from
)
SELECT $1, n.channel, n.prefix, n.price, n.initial_seconds, n.increment_seconds, n.setup_fee, n.setup_on,
       coalesce(n.effective_from, now())
FROM jsonb_to_recordset($2) AS n(
    channel text, prefix text, price numeric, initial_seconds integer, increment_seconds integer, setup_fee numeric,
    setup_on text, effective_from timestamptz
)
ON CONFLICT (plan_id, channel, prefix, effective_from) DO UPDATE SET
    price = EXCLUDED.price, initial_seconds = EXCLUDED.initial_seconds,
    increment_seconds = EXCLUDED.increment_seconds, setup_fee = EXCLUDED.setup_fee, setup_on = EXCLUDED.setup_on

-- name: page_of_rates
SELECT * FROM rates
WHERE plan_id = $1
  AND ($2::text IS NULL OR channel = $2)
  AND ($3::text IS NULL OR starts_with(prefix, $3))
  AND ($4::bigint IS NULL OR id < $4)
ORDER BY id DESC
LIMIT $5

-- name: budgets
SELECT b.currency, b.daily_budget, b.monthly_budget, b.total_budget,
       coalesce((SELECT s.used FROM spending s WHERE s.organisation_id = o.id
                 AND s.period = 'day ' || to_char(now() AT TIME ZONE o.time_zone, 'YYYY-MM-DD')), 0) AS today,
       coalesce((SELECT s.used FROM spending s WHERE s.organisation_id = o.id
                 AND s.period = 'month ' || to_char(now() AT TIME ZONE o.time_zone, 'YYYY-MM')), 0) AS this_month,
       coalesce((SELECT s.used FROM spending s WHERE s.organisation_id = o.id AND s.period = 'total'), 0) AS ever
FROM organisations o LEFT JOIN balances b ON b.organisation_id = o.id
WHERE o.id = $1

-- name: campaign_budgets
SELECT c.id, c.budget, coalesce(s.used, 0) AS used
FROM campaigns c LEFT JOIN spending s ON s.organisation_id = c.organisation_id AND s.period = 'campaign ' || c.id
WHERE c.organisation_id = $1 AND c.budget IS NOT NULL
ORDER BY c.number DESC

-- name: set_budgets
UPDATE balances SET daily_budget = $2, monthly_budget = $3, total_budget = $4, stopped_until = '-infinity'
WHERE organisation_id = $1
RETURNING organisation_id

-- name: set_campaign_budget
UPDATE campaigns SET budget = $3 WHERE organisation_id = $1 AND id = $2 RETURNING id

-- name: statement_sums
-- Of the organisation's own money: what is held is still its own, so holding moves nothing here.
SELECT
    coalesce(sum(e.amount) FILTER (WHERE t.created_at < $2), 0) AS opening,
    coalesce(sum(e.amount) FILTER (WHERE t.created_at >= $2 AND t.kind = 'topup'), 0) AS topup,
    coalesce(sum(e.amount) FILTER (WHERE t.created_at >= $2 AND t.kind = 'adjustment'), 0) AS adjustment,
    coalesce(sum(e.amount) FILTER (WHERE t.created_at >= $2 AND t.kind IN ('settle', 'release', 'reserve', 'renew')), 0)
        AS usage,
    coalesce(sum(e.amount) FILTER (WHERE t.created_at >= $2 AND t.kind = 'refund'), 0) AS refund
FROM ledger_transactions t
JOIN ledger_entries e ON e.transaction_id = t.id AND e.account IN ('prepaid', 'reserved')
WHERE t.organisation_id = $1 AND t.created_at < $3

-- name: statement_usage
SELECT c.channel, count(*)::integer AS contacts, sum(e.amount) AS cost
FROM ledger_transactions t
JOIN ledger_entries e ON e.transaction_id = t.id AND e.account = 'revenue'
JOIN charges c ON c.organisation_id = t.organisation_id AND c.subject = t.subject
WHERE t.organisation_id = $1 AND t.kind = 'settle' AND t.created_at >= $2 AND t.created_at < $3
GROUP BY c.channel
ORDER BY c.channel
