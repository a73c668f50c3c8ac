-- Statements of senders. They work for all organisations at once; each row is of one.

-- name: enter_sender
INSERT INTO message_senders (id, node, seen_until) VALUES ($1, $2, now() + $3::interval)
ON CONFLICT (id) DO UPDATE SET seen_until = excluded.seen_until

-- name: leave_sender
WITH routes_left AS (
    UPDATE routes SET owner_id = NULL, state = '{}' WHERE owner_id = $1
)
DELETE FROM message_senders s
WHERE s.id = $1 AND NOT EXISTS (SELECT FROM messages m WHERE m.sender_id = s.id AND m.status = 'sending')

-- name: own_routes
-- Each route has one owner: this sender keeps its own, and takes those whose owner is gone. Its own are read and not written.
WITH taken AS (
    UPDATE routes r SET owner_id = $1
    WHERE r.enabled AND r.channel = ANY($2::text[]) AND r.owner_id IS DISTINCT FROM $1
      AND (r.owner_id IS NULL
           OR NOT EXISTS (SELECT FROM message_senders s WHERE s.id = r.owner_id AND s.seen_until > now()))
    RETURNING r.*
)
SELECT * FROM taken
UNION ALL
SELECT r.* FROM routes r WHERE r.enabled AND r.channel = ANY($2::text[]) AND r.owner_id = $1

-- name: show_routes
UPDATE routes r SET state = n.state
FROM unnest($2::text[], $3::jsonb[]) AS n(id, state)
WHERE r.id = n.id AND r.owner_id = $1 AND r.state IS DISTINCT FROM n.state

-- name: any_lapsed
SELECT EXISTS (
    SELECT FROM messages m
    WHERE m.status = 'sending'
      AND NOT EXISTS (SELECT FROM message_senders s WHERE s.id = m.sender_id AND s.seen_until > now())
)

-- name: lapsed_messages
-- Of senders that are gone: nobody knows whether these went out.
SELECT m.* FROM messages m
WHERE m.status = 'sending'
  AND NOT EXISTS (SELECT FROM message_senders s WHERE s.id = m.sender_id AND s.seen_until > now())
ORDER BY m.id
LIMIT $1
FOR UPDATE OF m SKIP LOCKED

-- name: mark_lapsed
UPDATE messages SET
    status = CASE if_unknown WHEN 'again' THEN 'queued' ELSE 'unknown' END,
    reason = $2, ended_at = CASE if_unknown WHEN 'again' THEN NULL ELSE now() END,
    due_at = CASE if_unknown WHEN 'again' THEN now() ELSE due_at END
WHERE id = ANY($1::text[]) AND status = 'sending'
RETURNING *

-- name: forget_senders
DELETE FROM message_senders s
WHERE s.seen_until < now() - interval '1 hour'
  AND NOT EXISTS (SELECT FROM messages m WHERE m.sender_id = s.id AND m.status = 'sending')

-- name: rooms
SELECT r.id, r.organisation_id, r.shared, r.channel, r.kind, r.kind = 'lab' AS sandbox, r.prefixes, r.priority, r.weight,
       r.per_second::float8 AS per_second, greatest(r.next_at, now()) AS next_at, now() AS now
FROM routes r
WHERE r.id = ANY($1::text[]) AND r.owner_id = $2 AND r.enabled AND coalesce(r.suspended_until <= now(), true)
ORDER BY r.id
FOR NO KEY UPDATE

-- name: organisations_with_due_messages
-- Hopping through the index from one list to the next: it costs by lists that wait, nearly nothing where nothing does. Of
-- each the priorities one by one, so that what is due later is never walked through. In its order, because a plan that
-- looks for "any" walks through the table while nobody has counted its rows.
WITH RECURSIVE waiting AS (
    (
        SELECT organisation_id, channel FROM messages WHERE status = 'queued' AND NOT held
        ORDER BY organisation_id, channel LIMIT 1
    )
    UNION ALL
    SELECT following.organisation_id, following.channel
    FROM waiting CROSS JOIN LATERAL (
        SELECT m.organisation_id, m.channel FROM messages m
        WHERE m.status = 'queued' AND NOT m.held
          AND (m.organisation_id, m.channel) > (waiting.organisation_id, waiting.channel)
        ORDER BY m.organisation_id, m.channel LIMIT 1
    ) AS following
)
SELECT w.organisation_id, w.channel,
       coalesce((SELECT b.stopped_until > now() FROM balances b WHERE b.organisation_id = w.organisation_id), false)
           AS stopped
FROM waiting w
WHERE EXISTS (
    SELECT FROM generate_series(9, 0, -1) AS p(priority)
    WHERE (
        SELECT m.due_at FROM messages m
        WHERE m.organisation_id = w.organisation_id AND m.channel = w.channel AND m.priority = p.priority
          AND m.status = 'queued' AND NOT m.held
        ORDER BY m.due_at LIMIT 1
    ) <= now()
)
ORDER BY w.organisation_id, w.channel

-- name: pick_messages
-- Prefixes are a comma-separated list: rows of an array of arrays would have to be of one length.
SELECT c.id, c.number, c.organisation_id, c.owner_id, c.channel, c.sandbox, c.purpose, c.topic, c.campaign_id, c.call_id,
       c.to_address, c.from_address, c.content_id, c.variables, c.text, c.sealed, c.parts, c.media, c.priority, c.due_at,
       c.not_after, c.attempts, c.holds, c.automatic, o.rate_plan_id, o.time_zone, o.calling_from, o.calling_until, facts.*,
       CASE WHEN l.organisation_id IS NULL THEN ARRAY[o.region] ELSE l.allowed_countries END AS allowed_countries,
       (SELECT k.known_zone FROM contacts k WHERE k.organisation_id = c.organisation_id AND k.id = c.contact_id)
           AS contact_zone,
       g.state AS campaign_state, g.state_reason AS campaign_reason, g.held AS campaign_held,
       g.schedule AS campaign_schedule, g.starts_at AS campaign_starts_at, g.ends_at AS campaign_ends_at,
       CASE WHEN c.attempts > 0 THEN ARRAY(SELECT p.part FROM message_parts p WHERE p.message_id = c.id) END AS accepted
FROM (
    SELECT picked.*
    FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::integer[])
        AS lane(organisation_id, channel, sandbox, prefixes, free)
    CROSS JOIN LATERAL (
        SELECT q.* FROM generate_series(9, 0, -1) AS p(priority) CROSS JOIN LATERAL (
            SELECT m.* FROM messages m
            WHERE m.organisation_id = lane.organisation_id AND m.channel = lane.channel AND m.priority = p.priority
              AND m.status = 'queued' AND NOT m.held AND m.due_at <= now() AND m.sandbox = lane.sandbox
              AND (lane.prefixes = '' OR CASE m.channel
                  WHEN 'email' THEN split_part(m.to_address, '@', 2) = ANY(string_to_array(lane.prefixes, ','))
                  ELSE EXISTS (SELECT FROM unnest(string_to_array(lane.prefixes, ',')) AS x(prefix)
                               WHERE starts_with(m.to_address, x.prefix))
              END)
            ORDER BY m.due_at, m.number
            LIMIT lane.free
            FOR UPDATE SKIP LOCKED
        ) AS q
        LIMIT lane.free
    ) AS picked
) AS c
JOIN organisations o ON o.id = c.organisation_id
LEFT JOIN call_limits l ON l.organisation_id = c.organisation_id
LEFT JOIN campaigns g ON g.id = c.campaign_id AND c.lane_id IS NOT NULL
CROSS JOIN LATERAL contact_facts(c.organisation_id, c.to_address, c.channel, c.purpose, c.campaign_id, c.topic) AS facts

-- name: content_bodies
SELECT id, body FROM message_contents WHERE id = ANY($1::text[])

-- name: take_messages
-- All that a claim writes of those that go, decided at $5: $4 is what each route's rate allows next.
WITH wanted AS (
    SELECT * FROM jsonb_to_recordset($1) AS n(
        id text, route_id text, charge text, rule text, reason text, inputs jsonb
    )
), taken AS (
    UPDATE messages m SET
        status = 'sending', attempts = m.attempts + 1, reason = NULL, route_id = n.route_id, sender_id = $2,
        charge = n.charge, holds = m.holds + (n.charge IS NOT NULL)::integer
    FROM wanted n WHERE m.id = n.id
    RETURNING m.organisation_id, n.id, n.rule, n.reason, n.inputs
), decided AS (
    INSERT INTO message_decisions (organisation_id, message_id, verdict, rule, reason, inputs, decided_at)
    SELECT organisation_id, id, 'allowed', rule, reason, inputs, $5 FROM taken
)
UPDATE routes r SET next_at = greatest(r.next_at, n.next_at)
FROM unnest($3::text[], $4::timestamptz[]) AS n(id, next_at) WHERE r.id = n.id

-- name: put_off_messages
-- Deferred by a rule, with why; until when is $1's.
WITH wanted AS (
    SELECT * FROM jsonb_to_recordset($1) AS n(
        id text, organisation_id text, until timestamptz, rule text, reason text, inputs jsonb, decided_at timestamptz
    )
), decided AS (
    INSERT INTO message_decisions (organisation_id, message_id, verdict, rule, reason, inputs, decided_at)
    SELECT organisation_id, id, 'deferred', rule, reason, inputs, decided_at FROM wanted
)
UPDATE messages m SET due_at = n.until, reason = n.reason FROM wanted n WHERE m.id = n.id

-- name: skip_messages
WITH wanted AS (
    SELECT * FROM jsonb_to_recordset($1) AS n(
        id text, organisation_id text, status text, rule text, reason text, inputs jsonb, decided_at timestamptz
    )
), decided AS (
    INSERT INTO message_decisions (organisation_id, message_id, verdict, rule, reason, inputs, decided_at)
    SELECT organisation_id, id, 'skipped', rule, reason, inputs, decided_at FROM wanted
)
UPDATE messages m SET status = n.status, reason = n.reason, ended_at = now() FROM wanted n WHERE m.id = n.id
RETURNING m.*

-- name: defer_unpaid
UPDATE messages m SET reason = $2, due_at = now() + $3::interval WHERE m.id = ANY($1::text[])

-- name: sent_held
-- What an earlier claim of this sender committed although the answer to its commit never came.
SELECT id FROM messages WHERE id = ANY($1::text[]) AND sender_id = $2 AND status = 'sending'

-- name: settle
-- What came of attempts; "tell" follows. One that a reaper called unknown meanwhile is still its sender's to tell about.
-- The ids come as an array, too ($3): of records PostgreSQL expects so many that it walks through a whole table that is
-- not large yet.
WITH given AS (
    SELECT * FROM jsonb_to_recordset($1) AS n(
        id text, status text, reason text, provider_status text, back boolean, again_seconds float8, parts smallint
    )
), held AS MATERIALIZED (
    SELECT m.id, m.status FROM messages m
    WHERE m.id = ANY($3::text[]) AND m.sender_id = $2 AND m.status IN ('sending', 'unknown')
    ORDER BY m.id
    FOR UPDATE OF m
), changed AS (
    UPDATE messages m SET
        status = g.status, reason = g.reason, provider_status = g.provider_status,
        sent_at = CASE WHEN g.status = 'sent' THEN coalesce(m.sent_at, now()) ELSE m.sent_at END,
        ended_at = CASE WHEN g.status IN ('failed', 'unknown') THEN now() END,
        attempts = m.attempts - coalesce(g.back, false)::integer, parts = coalesce(g.parts, m.parts),
        due_at = CASE WHEN g.status = 'queued' THEN now() + make_interval(secs => g.again_seconds) ELSE m.due_at END
    FROM held h JOIN given g ON g.id = h.id
    WHERE m.id = h.id AND (h.status = 'sending' OR g.status <> 'unknown')
    RETURNING m.*
)

-- name: tell
-- The end of a statement whose "changed" are rows of messages: writes the event of each one's status as bodies.py does,
-- without bringing the rows here. Returns those with which there is more to do: a charge, a webhook, a code.
, named AS (
    SELECT c.*, c.channel || '.' || CASE
        WHEN c.status IN ('sent', 'delivered', 'cancelled', 'received') THEN c.status
        WHEN c.status IN ('failed', 'undelivered', 'expired', 'unknown', 'skipped') THEN 'failed'
    END AS event
    FROM changed c
), told AS (
    SELECT n.*, jsonb_strip_nulls(jsonb_build_object(
        'event', n.event, 'message_id', n.id, 'to', n.to_address, 'from', n.from_address, 'status', n.status,
        'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'parts', CASE WHEN n.channel = 'sms' THEN n.parts END, 'reason', n.reason, 'provider_status', n.provider_status,
        'campaign_id', n.campaign_id, 'call_id', n.call_id, 'conversation_id', n.conversation_id
    )) || CASE WHEN n.metadata = '{}' THEN '{}' ELSE jsonb_build_object('metadata', n.metadata) END AS body
    FROM named n
), written AS (
    INSERT INTO events (organisation_id, type, subject, body, owner_id)
    SELECT organisation_id, event, id, body, owner_id FROM told WHERE event IS NOT NULL
)
SELECT id, organisation_id, owner_id, status, reason, charge, automatic, event,
       webhook_url, webhook_events, CASE WHEN webhook_url IS NOT NULL THEN body END AS body
FROM told WHERE charge IS NOT NULL OR webhook_url IS NOT NULL OR automatic = 'code'

-- name: insert_parts
-- Some providers use an id again after months: the newer part has it.
INSERT INTO message_parts AS p (route_id, provider_id, message_id, part)
SELECT DISTINCT ON (route_id, provider_id) route_id, provider_id, message_id, part
FROM unnest($1::text[], $2::text[], $3::text[], $4::smallint[]) AS n(route_id, provider_id, message_id, part)
ON CONFLICT (route_id, provider_id) DO UPDATE SET
    message_id = excluded.message_id, part = excluded.part, state = NULL, error = NULL, created_at = now()
WHERE p.message_id <> excluded.message_id

-- name: take_early
-- Receipts that were there before the answer to what they are about.
DELETE FROM early_receipts e
USING unnest($1::text[], $2::text[]) AS n(route_id, provider_id)
WHERE e.route_id = n.route_id AND e.provider_id = n.provider_id
RETURNING e.route_id, e.provider_id, e.body, e.id

-- name: sweep_finds
-- Whether there is anything to be swept; each look ends at the first row that it finds, or at an empty index.
SELECT EXISTS (SELECT FROM early_receipts) AS early,
       EXISTS (SELECT FROM messages WHERE sealed IS NOT NULL AND status NOT IN ('queued', 'sending')) AS codes,
       EXISTS (SELECT FROM messages WHERE status = 'queued' AND not_after < now()) AS late,
       EXISTS (SELECT FROM message_senders WHERE seen_until < now() - interval '1 hour') AS senders

-- name: early_with_parts
SELECT e.route_id, e.provider_id FROM early_receipts e JOIN message_parts p USING (route_id, provider_id) LIMIT $1

-- name: forget_early
DELETE FROM early_receipts WHERE received_at < now() - $1::interval

-- name: forget_codes
-- Nobody needs to know a code that is on its way or lost.
UPDATE messages SET sealed = NULL WHERE sealed IS NOT NULL AND status NOT IN ('queued', 'sending')

-- name: keep_early
INSERT INTO early_receipts (route_id, provider_id, body)
SELECT $1, n.provider_id, n.body FROM unnest($2::text[], $3::jsonb[]) AS n(provider_id, body)

-- name: messages_of_parts
-- Locked before their parts, as everybody does.
SELECT p.provider_id FROM message_parts p JOIN messages m ON m.id = p.message_id
WHERE p.route_id = $1 AND p.provider_id = ANY($2::text[])
ORDER BY m.id
FOR UPDATE OF m

-- name: mark_parts
UPDATE message_parts p SET state = n.state, error = n.error
FROM unnest($2::text[], $3::text[], $4::text[]) AS n(provider_id, state, error)
WHERE p.route_id = $1 AND p.provider_id = n.provider_id
  AND coalesce(p.state NOT IN ('delivered', 'undelivered', 'expired', 'rejected', 'deleted'), true)
RETURNING p.message_id

-- name: conclude
-- A message is delivered when all of its parts are, and lost with the first one that is lost. Parts are looked up for each
-- message (and "tell" follows): few messages are "sent" at any moment, and a plan that expects one compares all with all.
WITH changed AS (
    UPDATE messages m SET
        status = CASE WHEN t.lost THEN 'undelivered' WHEN t.expired THEN 'expired' ELSE 'delivered' END,
        provider_status = CASE WHEN t.lost OR t.expired THEN coalesce(t.error, m.provider_status) ELSE m.provider_status END,
        reason = CASE WHEN t.lost THEN 'the network could not deliver it' WHEN t.expired THEN 'the network gave up' END,
        ended_at = now()
    FROM messages k CROSS JOIN LATERAL (
        SELECT bool_and(coalesce(p.state = 'delivered', false)) AS delivered,
               bool_or(coalesce(p.state = 'expired', false)) AS expired,
               bool_or(coalesce(p.state IN ('undelivered', 'rejected', 'deleted'), false)) AS lost,
               max(p.error) FILTER (WHERE p.state <> 'delivered') AS error
        FROM message_parts p WHERE p.message_id = k.id
    ) AS t
    WHERE k.id = ANY($1::text[]) AND k.status = 'sent' AND m.id = k.id AND (t.lost OR t.expired OR t.delivered)
    RETURNING m.*
)

-- name: lock_unknown
SELECT * FROM messages WHERE id = ANY($1::text[]) AND status = 'unknown' ORDER BY id FOR UPDATE

-- name: known_after_all
-- All parts of a message that was unknown have an answer now; $2: one answer is of all of them.
UPDATE messages m SET status = 'sent', reason = NULL, sent_at = coalesce(m.sent_at, now()), ended_at = NULL
WHERE m.id = ANY($1::text[]) AND m.status = 'unknown'
  AND (SELECT count(DISTINCT p.part) FROM message_parts p WHERE p.message_id = m.id)
      >= CASE WHEN $2 THEN 1 ELSE coalesce(m.parts, 1) END
RETURNING m.*

-- name: add_price
UPDATE messages m SET charge = NULL, price = coalesce(m.price, 0) + n.charged, currency = b.currency
FROM unnest($1::text[], $2::numeric[]) AS n(id, charged), balances b
WHERE m.id = n.id AND b.organisation_id = m.organisation_id

-- name: expire_messages
-- Too late: not sent any more.
UPDATE messages SET status = 'expired', reason = $2, ended_at = now(), held = false
WHERE id IN (
    SELECT id FROM messages WHERE status = 'queued' AND not_after < now() ORDER BY not_after LIMIT $1 FOR UPDATE SKIP LOCKED
)
RETURNING *
