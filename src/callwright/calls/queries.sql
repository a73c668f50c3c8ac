-- name: find_flow
SELECT id FROM flows WHERE organisation_id = $1 AND hash = $2

-- name: insert_flow
INSERT INTO flows (id, organisation_id, hash, body) VALUES ($1, $2, $3, $4)
ON CONFLICT (organisation_id, hash) DO UPDATE SET hash = EXCLUDED.hash
RETURNING id

-- name: insert_calls
-- With the campaign that they form, where it has a name, and with their events. Nothing is written where the
-- organisation approves what is heard and nobody has looked yet which flows wait for that ($10): then nobody is given.
WITH given AS (
    SELECT * FROM jsonb_to_recordset($6) AS n(
        ordinal integer, id text, topic text, to_number text, from_number text, flow_id text, variables jsonb,
        metadata jsonb, webhook_url text, webhook_events jsonb, ring_timeout_seconds integer, priority smallint,
        due_at timestamptz, not_after timestamptz, purpose text, sealed text, ring_only_seconds integer,
        retry jsonb, retry_incomplete jsonb, webhook_format text, own_hours jsonb, fallback_sms jsonb,
        fallback_email jsonb, queued jsonb
    )
    WHERE NOT $10::boolean
       OR NOT EXISTS (SELECT FROM approval_settings s WHERE s.organisation_id = $1 AND (s.texts OR s.audio))
), campaign AS (
    INSERT INTO campaigns (id, organisation_id, name, owner_id, topic)
    SELECT $2::text, $1, $11::text, $7, $12::text WHERE $11::text IS NOT NULL AND EXISTS (SELECT FROM given)
), made AS (
    INSERT INTO calls (
        id, organisation_id, campaign_id, key_id, sandbox, purpose, to_number, from_number, flow_id, variables, metadata,
        webhook_url, webhook_events, ring_timeout_seconds, priority, due_at, owner_id, topic,
        not_after, sealed, ring_only_seconds, retry, retry_incomplete, webhook_format, own_hours, fallback_sms,
        fallback_email, contact_id, held, reason
    )
    SELECT
        n.id, $1, $2, $3, $4, coalesce(n.purpose, $5), n.to_number, n.from_number, n.flow_id, n.variables, n.metadata,
        n.webhook_url, ARRAY(SELECT jsonb_array_elements_text(n.webhook_events)), n.ring_timeout_seconds, n.priority,
        coalesce(n.due_at, now()), $7, n.topic, n.not_after, n.sealed, n.ring_only_seconds,
        n.retry, n.retry_incomplete, n.webhook_format, n.own_hours, n.fallback_sms, n.fallback_email,
        (SELECT k.contact_id FROM contact_numbers k
         WHERE k.organisation_id = $1 AND k.e164 = n.to_number ORDER BY k.contact_id LIMIT 1),
        n.flow_id = ANY($8::text[]), CASE WHEN n.flow_id = ANY($8::text[]) THEN $9::text END
    FROM given n
    ORDER BY n.ordinal
    RETURNING *
), told AS (
    INSERT INTO events (organisation_id, type, subject, body)
    SELECT $1, 'call.queued', n.id, n.queued FROM given n ORDER BY n.ordinal
)
SELECT * FROM made

-- name: get_call
SELECT * FROM calls
WHERE organisation_id = $1 AND id = $2 AND (NOT $3::boolean OR sandbox) AND ($4::text IS NULL OR owner_id = $4)

-- name: page_of_calls
SELECT * FROM calls
WHERE organisation_id = $1
  AND ($2::boolean IS FALSE OR sandbox)
  AND ($3::text IS NULL OR status = $3)
  AND ($4::text IS NULL OR outcome = $4)
  AND ($5::text IS NULL OR to_number = $5)
  AND ($6::text IS NULL OR campaign_id = $6)
  AND ($7::bigint IS NULL OR number = $7)
  AND ($8::timestamptz IS NULL OR created_at >= $8)
  AND ($9::timestamptz IS NULL OR created_at < $9)
  AND ($10::bigint IS NULL OR number < $10)
  AND ($12::text IS NULL OR owner_id = $12)
  AND ($13::text IS NULL OR direction = $13)
ORDER BY number DESC
LIMIT $11

-- name: calls_of_numbers
SELECT * FROM calls
WHERE organisation_id = $1 AND number = ANY($2::bigint[]) AND (NOT $3::boolean OR sandbox)
  AND ($4::text IS NULL OR owner_id = $4)

-- name: reschedule_call
-- One that was claimed meanwhile is not moved: its attempt is about to ring.
UPDATE calls SET due_at = coalesce($3, now()), reason = NULL
WHERE organisation_id = $1 AND id = $2 AND status = 'queued' AND attempts = 0
  AND NOT EXISTS (SELECT FROM attempts a WHERE a.call_id = calls.id AND a.state <> 'ended')
RETURNING *

-- name: attempts_of_call
SELECT * FROM attempts WHERE organisation_id = $1 AND call_id = $2 ORDER BY ordinal

-- name: last_attempts_of_calls
SELECT DISTINCT ON (call_id) * FROM attempts
WHERE organisation_id = $1 AND call_id = ANY($2::text[])
ORDER BY call_id, ordinal DESC

-- name: decisions_of_call
SELECT attempt_id, verdict, rule, reason, inputs, decided_at
FROM contactability WHERE organisation_id = $1 AND call_id = $2 ORDER BY id

-- name: lock_call
SELECT * FROM calls WHERE organisation_id = $1 AND id = $2 FOR UPDATE

-- name: lock_calls
SELECT * FROM calls WHERE organisation_id = $1 AND id = ANY($2::text[]) ORDER BY id FOR UPDATE

-- name: request_cancels
UPDATE calls SET cancel_requested = true WHERE id = ANY($1::text[])

-- name: live_attempts_of_calls
SELECT id FROM attempts WHERE call_id = ANY($1::text[]) AND state <> 'ended'

-- name: finish_call
UPDATE calls SET
    status = $2, outcome = $3, reason = coalesce($4, reason), ended_at = now(), duration_seconds = $5, sealed = NULL
WHERE id = $1 AND outcome IS NULL
RETURNING *

-- name: finish_calls
-- Those of $1 that have not ended, all with one outcome and reason.
UPDATE calls SET status = $2, outcome = $3, reason = $4, ended_at = now(), sealed = NULL
WHERE id = ANY($1::text[]) AND outcome IS NULL
RETURNING *

-- name: organisations_with_due_calls
-- One whose counter another transaction holds has no free: it is passed over, and must be looked at again soon.
WITH due AS MATERIALIZED (
    SELECT l.key FROM limits l
    WHERE l.kind = 'organisation'
      AND (l.key = ANY($1::text[]) OR EXISTS (
          SELECT FROM calls c
          WHERE c.organisation_id = l.key AND c.status = 'queued' AND c.lane_id IS NULL AND NOT c.held
            AND c.due_at <= now()
      ))
), ours AS MATERIALIZED (
    SELECT l.key, l.capacity - l.used AS free, l.calls_per_second::float8 AS calls_per_second, l.served,
           l.single_served, l.floor, greatest(l.next_call_at, now()) AS next_call_at
    FROM limits l
    WHERE l.kind = 'organisation' AND l.key IN (SELECT key FROM due)
    ORDER BY l.key
    FOR UPDATE SKIP LOCKED
)
SELECT due.key AS organisation_id, ours.*, now() AS now,
       (SELECT b.stopped_until > now() FROM balances b WHERE b.organisation_id = due.key) AS stopped,
       -- in the order of an index that is nearly always empty, so that no other is used
       (
           SELECT true FROM calls c
           WHERE c.organisation_id = due.key AND c.status = 'queued' AND c.lane_id IS NULL AND NOT c.held
             AND c.due_at <= now() AND c.to_number LIKE 'Ext:%'
           ORDER BY c.priority DESC, c.due_at, c.number
           LIMIT 1
       ) AS has_extensions
FROM due LEFT JOIN ours USING (key)
ORDER BY due.key

-- name: trunks_with_room
SELECT t.id, t.organisation_id, t.kind, t.name, t.number_format, t.region, t.shared, t.calls_per_second, t.prefixes,
       t.priority, t.weight, coalesce((t.options ->> 'withhold_number')::boolean, false) AS withheld,
       trunk_signs(t.kind, t.number_format, t.options) AS signs,
       greatest(t.next_call_at, now()) AS next_call_at,
       least(l.capacity - l.used, trunk_lets(t.id, b.state, b.counted_from)) AS free, b.state = 'trying' AS trying,
       l.floor, now() AS now
FROM limits l JOIN trunks t ON t.id = l.key LEFT JOIN breakers b ON b.kind = 'trunk' AND b.key = t.id
WHERE l.kind = 'trunk' AND l.used < l.capacity AND t.enabled AND trunk_lets(t.id, b.state, b.counted_from) > 0
ORDER BY l.key
FOR UPDATE OF l

-- name: pick_calls
-- A lane's prefixes are a comma-separated list: rows of an array of arrays would have to be of one length.
SELECT c.*
FROM unnest($1::text[], $2::boolean[], $3::text[], $4::integer[]) AS lane(organisation_id, sandbox, prefixes, free)
CROSS JOIN LATERAL (
    SELECT q.*, o.rate_plan_id, o.voice, o.time_zone, o.calling_from, o.calling_until, o.region AS home, facts.*,
           (SELECT k.known_zone FROM contacts k WHERE k.organisation_id = q.organisation_id AND k.id = q.contact_id)
               AS contact_zone,
           attestation_of(q.organisation_id, q.from_number) AS attestation,
           CASE WHEN q.attempts > 0 THEN trunks_tried(q.id, q.attempts + 1, '1 minute') END AS tried,
           EXISTS (SELECT FROM attempts a WHERE a.organisation_id = q.organisation_id AND a.to_number = q.to_number
                                                AND a.state <> 'ended' AND a.direction = 'outbound') AS in_the_air
    FROM calls q JOIN organisations o ON o.id = q.organisation_id
    CROSS JOIN LATERAL call_facts(q.organisation_id, q.to_number, q.purpose, q.campaign_id, q.topic, o.region) AS facts
    WHERE q.organisation_id = lane.organisation_id AND q.status = 'queued' AND q.lane_id IS NULL AND NOT q.held
      AND q.due_at <= now()
      AND q.sandbox = lane.sandbox AND q.to_number NOT LIKE 'Ext:%'
      AND (lane.prefixes = '' OR EXISTS (
          SELECT FROM unnest(string_to_array(lane.prefixes, ',')) AS p(prefix) WHERE starts_with(q.to_number, p.prefix)
      ))
    ORDER BY q.priority DESC, q.due_at, q.number
    LIMIT lane.free
    FOR UPDATE OF q SKIP LOCKED
) AS c

-- name: flow_bodies
SELECT id, body FROM flows WHERE id = ANY($1::text[])

-- name: take_calls
-- One statement for all that a claim writes. The counters are locked by the claim already. Calls whose state is
-- 'dialing' were decided in the claim and leave at once.
WITH wanted AS (
    SELECT * FROM jsonb_to_recordset($1) AS n(
        id text, organisation_id text, call_id text, ordinal integer, to_number text, from_number text, trunk_id text,
        not_before timestamptz, attestation text, state text, rule text, reason text, inputs jsonb, decided_at timestamptz,
        event jsonb, campaign_id text
    )
), taken AS (
    INSERT INTO attempts (id, organisation_id, call_id, ordinal, to_number, from_number, trunk_id, node, epoch,
                          lease_until, not_before, attestation, state, dialing_at)
    SELECT n.id, n.organisation_id, n.call_id, n.ordinal, n.to_number, n.from_number, n.trunk_id, $2, $3,
           now() + $4::interval, n.not_before, n.attestation, n.state, CASE n.state WHEN 'dialing' THEN now() END
    FROM wanted n
    ON CONFLICT DO NOTHING
    RETURNING id, call_id, organisation_id, trunk_id, state
), marked AS (
    -- The second condition is true of each. PostgreSQL takes it to be true of one in 200, and so looks calls up by their
    -- key: with the 100 rows that it expects of JSON it reads the whole table, if that was small when it made the plan.
    UPDATE calls SET status = 'dialing', attempts = calls.attempts + 1, reason = NULL
    FROM taken WHERE calls.id = taken.call_id AND taken.state = coalesce(taken.state, '')
), counted AS (
    UPDATE limits l SET
        used = l.used + n.calls, served = coalesce(n.served, l.served), floor = coalesce(n.floor, l.floor),
        single_served = coalesce(n.single_served, l.single_served),
        next_call_at = greatest(l.next_call_at, n.next_call_at)
    FROM (
        SELECT kind, key, sum(calls) AS calls, max(served) AS served, max(single_served) AS single_served,
               max(floor) AS floor, max(next_call_at) AS next_call_at
        FROM (
            SELECT 'organisation' AS kind, organisation_id AS key, 1 AS calls, NULL::float8 AS served,
                   NULL::float8 AS single_served, NULL::float8 AS floor, NULL::timestamptz AS next_call_at
            FROM taken
            UNION ALL
            SELECT 'trunk', trunk_id, 1, NULL, NULL, NULL, NULL FROM taken WHERE trunk_id IS NOT NULL
            UNION ALL
            SELECT 'campaign', w.campaign_id, 1, NULL, NULL, NULL, NULL
            FROM wanted w JOIN taken USING (id) WHERE w.campaign_id IS NOT NULL
            UNION ALL
            SELECT k.kind, k.key, 0, k.served, k.single_served, k.floor, k.next_call_at
            FROM jsonb_to_recordset($7) AS k(
                kind text, key text, served float8, single_served float8, floor float8, next_call_at timestamptz
            )
        ) AS each
        GROUP BY kind, key
    ) AS n
    WHERE l.kind = n.kind AND l.key = n.key
), paced AS (
    UPDATE trunks t SET next_call_at = n.next_call_at
    FROM unnest($5::text[], $6::timestamptz[]) AS n(id, next_call_at) WHERE t.id = n.id
), decided AS (
    INSERT INTO contactability (organisation_id, call_id, attempt_id, verdict, rule, reason, inputs, decided_at)
    SELECT n.organisation_id, n.call_id, n.id, 'allowed', n.rule, n.reason, n.inputs, n.decided_at
    FROM wanted n JOIN taken USING (id) WHERE n.state = 'dialing'
), announced AS (
    INSERT INTO events (organisation_id, type, subject, body)
    SELECT n.organisation_id, 'call.dialing', n.call_id, n.event
    FROM wanted n JOIN taken USING (id) WHERE n.state = 'dialing'
)
SELECT call_id FROM taken

-- name: hold_sent
UPDATE attempts SET lease_until = now() + $4::interval
WHERE id = ANY($1::text[]) AND node = $2 AND epoch = $3 AND state IN ('claimed', 'dialing')
RETURNING id

-- name: postpone_calls
UPDATE calls SET due_at = now() + $2::interval, reason = $3 WHERE id = ANY($1::text[])

-- name: tell_and_release
-- Events in their order, and the counters. That of a campaign, of which only lanes' calls take one, is behind its
-- organisation's lock.
WITH told AS (
    INSERT INTO events (organisation_id, type, subject, body)
    SELECT $1, e.type, e.subject, e.body
    FROM unnest($4::text[], $5::text[], $6::jsonb[]) WITH ORDINALITY AS e(type, subject, body, place)
    ORDER BY e.place
), held AS MATERIALIZED (
    SELECT kind, key FROM limits
    WHERE kind = 'organisation' AND key = $1 OR kind = 'trunk' AND key = $2
    ORDER BY kind, key
    FOR UPDATE
), all_of_them AS MATERIALIZED (
    SELECT kind, key FROM held
    UNION ALL
    SELECT 'campaign', c.campaign_id FROM calls c WHERE c.id = $3 AND c.lane_id IS NOT NULL
)
UPDATE limits l SET used = greatest(l.used - 1, 0) FROM all_of_them h WHERE l.kind = h.kind AND l.key = h.key

-- name: fail_calls_without_trunk
UPDATE calls c SET reason = $1
WHERE c.status = 'queued' AND NOT c.held AND c.due_at <= now() AND c.reason IS DISTINCT FROM $1
  AND c.to_number NOT LIKE 'Ext:%'
  AND NOT EXISTS (
      SELECT FROM trunks t
      WHERE t.enabled AND (t.shared OR t.organisation_id = c.organisation_id)
        AND t.kind = CASE WHEN c.sandbox THEN 'lab' ELSE 'sip' END
        AND (t.prefixes = '{}' OR EXISTS (SELECT FROM unnest(t.prefixes) AS p(prefix)
                                          WHERE starts_with(c.to_number, p.prefix)))
  )
RETURNING c.*

-- name: before_dialing
SELECT
    a.state, a.node, a.epoch, a.trunk_id, x.username, c.cancel_requested, c.not_after, c.to_number, c.purpose, c.sandbox, c.campaign_id, c.id AS call_id, c.own_hours,
    c.organisation_id, o.time_zone, o.calling_from, o.calling_until, t.name AS trunk, t.number_format,
    (SELECT k.known_zone FROM contacts k WHERE k.organisation_id = c.organisation_id AND k.id = c.contact_id) AS contact_zone,
    t.region AS trunk_region, coalesce((t.options ->> 'withhold_number')::boolean, false) AS withheld, o.region AS home, facts.*,
    trunk_signs(t.kind, t.number_format, t.options) AS signs, attestation_of(c.organisation_id, c.from_number) AS attestation,
    g.state AS campaign_state, g.state_reason AS campaign_reason, g.held AS campaign_held,
    g.schedule AS campaign_schedule, g.starts_at AS campaign_starts_at, g.ends_at AS campaign_ends_at
FROM attempts a
JOIN calls c ON c.id = a.call_id
LEFT JOIN campaigns g ON g.id = c.campaign_id AND c.lane_id IS NOT NULL
JOIN organisations o ON o.id = a.organisation_id
LEFT JOIN trunks t ON t.id = a.trunk_id
LEFT JOIN extensions x ON x.organisation_id = a.organisation_id AND 'Ext:' || x.extension = a.to_number
CROSS JOIN LATERAL call_facts(c.organisation_id, c.to_number, c.purpose, c.campaign_id, c.topic, o.region) AS facts
WHERE a.id = $1
FOR UPDATE OF a, c

-- name: hold_campaign
-- So that nobody pauses or ends it between the look at it and the commit. Taken before all other locks.
SELECT FROM campaigns WHERE id = $1 FOR SHARE

-- name: insert_decision
INSERT INTO contactability (organisation_id, call_id, attempt_id, verdict, rule, reason, inputs, decided_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: mark_dialing
UPDATE attempts SET state = 'dialing', dialing_at = now(), lease_until = now() + $2::interval, attestation = $3
WHERE id = $1

-- name: mark_ringing
WITH a AS (
    UPDATE attempts SET state = 'ringing', ringing_at = now()
    WHERE id = $1 AND state = 'dialing'
    RETURNING call_id
)
UPDATE calls c SET status = 'ringing' FROM a WHERE c.id = a.call_id RETURNING c.*

-- name: mark_answered
WITH a AS (
    UPDATE attempts SET state = 'answered', answered_at = now(), flow_state = $2
    WHERE id = $1 AND state IN ('dialing', 'ringing')
    RETURNING call_id, answered_at
)
UPDATE calls c SET status = 'in_progress', answered_at = a.answered_at FROM a WHERE c.id = a.call_id RETURNING c.*

-- name: answered_and_told
-- What mark_answered does, with the event (calls.bodies.event_body), of a call that no webhook tells of.
WITH a AS (
    UPDATE attempts SET state = 'answered', answered_at = now(), flow_state = $2
    WHERE id = $1 AND state IN ('dialing', 'ringing')
      AND (SELECT c.webhook_url IS NULL FROM calls c WHERE c.id = attempts.call_id)
    RETURNING id, call_id, answered_at
), c AS (
    UPDATE calls SET status = 'in_progress', answered_at = a.answered_at FROM a WHERE calls.id = a.call_id
    RETURNING calls.*, a.id AS attempt_id
)
INSERT INTO events (organisation_id, type, subject, body)
SELECT c.organisation_id, 'call.answered', c.id,
       jsonb_build_object(
           'event', 'call.answered', 'call_id', c.id, 'to', c.to_number, 'status', c.status,
           'duration_seconds', c.duration_seconds, 'dtmf_response', c.dtmf_response, 'amd_result', c.amd_result,
           'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'attempt_id', c.attempt_id
       )
       || CASE WHEN c.metadata = '{}' THEN '{}' ELSE jsonb_build_object('metadata', c.metadata) END
       || CASE WHEN c.direction = 'inbound' THEN jsonb_build_object('direction', c.direction, 'from', c.from_number)
               ELSE '{}' END
FROM c
RETURNING subject

-- name: save_flow_state
UPDATE attempts SET flow_state = $2 WHERE id = $1 AND state <> 'ended'

-- name: flow_state_is
SELECT flow_state = $2 FROM attempts WHERE id = $1

-- name: set_dtmf_response
-- $3: the key under which the campaign of the call counts the answer.
WITH counted AS (
    INSERT INTO campaign_deltas (campaign_id, kind, key, n)
    SELECT campaign_id, 'answer', $3, 1 FROM calls WHERE id = $1 AND recipient_id IS NOT NULL
)
UPDATE calls SET dtmf_response = $2 WHERE id = $1 RETURNING *

-- name: set_amd_result
WITH heard AS (
    UPDATE attempts SET amd_verdict = $2, amd_confidence = $3, amd_seconds = $4, amd_reason = $5
    WHERE call_id = $1 AND state <> 'ended'
)
UPDATE calls SET amd_result = $2 WHERE id = $1 RETURNING *

-- name: call_of_attempt
SELECT c.* FROM calls c JOIN attempts a ON a.call_id = c.id WHERE a.id = $1 FOR UPDATE OF c

-- name: end_attempt
UPDATE attempts SET
    state = 'ended', outcome = $2, q850_cause = $3, sip_status = $4, ended_by = $5, ended_at = now()
WHERE id = $1 AND state <> 'ended'
RETURNING *, round(extract(epoch FROM now() - answered_at))::integer AS seconds,
    EXISTS (SELECT FROM charges h WHERE h.subject = attempts.id AND h.charged IS NULL) AS paying,
    CASE WHEN undecided THEN (SELECT c.campaign_id FROM calls c WHERE c.id = attempts.call_id) END AS goal_id

-- name: answered_unseen
UPDATE calls SET answered_at = $2 WHERE id = $1 AND answered_at IS NULL RETURNING *

-- name: end_attempt_of_call
WITH ended AS (
    UPDATE attempts SET
        state = 'ended', outcome = $2, q850_cause = $3, sip_status = $4, ended_by = $5,
        answered_at = coalesce(answered_at, $6), ended_at = coalesce($7, now()), incomplete = $8,
        trunk_fault = $9, waited_seconds = $10
    WHERE id = $1 AND state <> 'ended'
    RETURNING call_id, ordinal, trunk_id, undecided, round(extract(epoch FROM ended_at - answered_at))::integer AS seconds,
        extract(epoch FROM ended_at - answered_at) AS talked, dialing_at IS NOT NULL AS dialled,
        EXISTS (SELECT FROM charges h WHERE h.subject = attempts.id AND h.charged IS NULL) AS paying
)
SELECT c.*, ended.ordinal, ended.trunk_id, ended.seconds, ended.talked, ended.dialled, ended.paying,
       CASE WHEN ended.undecided THEN c.campaign_id END AS goal_id
FROM ended JOIN calls c ON c.id = ended.call_id
FOR UPDATE OF c

-- name: requeue_call
-- What an earlier attempt brought stays with that attempt.
UPDATE calls SET
    status = 'queued', due_at = $2, reason = $3, attempts = attempts - $4, answered_at = NULL, amd_result = NULL
WHERE id = $1 AND outcome IS NULL
RETURNING *

-- name: attempts_ended_so
SELECT count(*) FILTER (WHERE a.outcome = $2 AND NOT a.incomplete AND NOT a.failed_over) AS so,
       count(*) FILTER (WHERE a.incomplete) AS incomplete,
       count(*) FILTER (WHERE NOT a.failed_over) AS made,
       EXISTS (SELECT FROM suppressions s WHERE s.organisation_id = $3 AND s.e164 = $4 AND s.call_id = $1) AS opted_out
FROM attempts a WHERE a.call_id = $1 AND a.state = 'ended'

-- name: calls_past_their_end
SELECT * FROM calls WHERE status = 'queued' AND not_after < $1
ORDER BY not_after
LIMIT $2
FOR UPDATE SKIP LOCKED

-- name: delete_attempt
DELETE FROM attempts WHERE id = $1 AND state = ANY($2::text[])
RETURNING *, EXISTS (SELECT FROM charges h WHERE h.subject = attempts.id AND h.charged IS NULL) AS paying,
    CASE WHEN undecided THEN (SELECT c.campaign_id FROM calls c WHERE c.id = attempts.call_id) END AS goal_id

-- name: renew_leases
-- Of a later owner nothing is changed.
UPDATE attempts SET lease_until = now() + $2::interval, epoch = $3
WHERE id = ANY($1::text[]) AND state <> 'ended' AND epoch <= $3

-- name: lapsed_attempts
SELECT a.id, a.state, a.call_id, a.organisation_id, a.node, a.flow_state IS NOT NULL AS has_state
FROM attempts a
WHERE a.state <> 'ended' AND (a.lease_until < now() OR a.node = $1 AND a.epoch < $2)
ORDER BY a.id

-- name: live_among
SELECT id FROM attempts WHERE id = ANY($1::text[]) AND state <> 'ended'

-- name: attempt_for_runner
SELECT a.id, a.organisation_id, a.call_id, a.ordinal, a.to_number, a.from_number, a.not_before, a.state, a.flow_state,
       coalesce(a.dialing_at, a.ringing_at) AS dialled_at, a.direction, c.cancel_requested,
       c.sandbox, c.purpose, c.ring_timeout_seconds, c.sealed, c.ring_only_seconds, c.variables, c.flow_id, f.body AS flow, o.voice
FROM attempts a
JOIN calls c ON c.id = a.call_id
JOIN flows f ON f.id = c.flow_id
JOIN organisations o ON o.id = a.organisation_id
WHERE a.id = $1

-- name: take_over
UPDATE attempts SET node = $2, epoch = $3, lease_until = now() + $4::interval
WHERE id = $1 AND state <> 'ended' AND (lease_until < now() OR node = $2 AND epoch < $3)
RETURNING id

-- name: lock_limits
-- Those of campaigns are behind their organisation's.
SELECT FROM limits WHERE kind IN ('organisation', 'trunk') ORDER BY kind, key FOR UPDATE

-- name: recount_limits
WITH leg AS (
    SELECT a.organisation_id, a.trunk_id, CASE WHEN c.lane_id IS NOT NULL THEN c.campaign_id END AS campaign_id
    FROM attempts a JOIN calls c ON c.id = a.call_id
    WHERE a.state <> 'ended'
    UNION ALL
    SELECT f.organisation_id, f.trunk_id, NULL FROM transfers f WHERE f.state <> 'ended'
), alive AS (
    SELECT 'organisation' AS kind, organisation_id AS key, count(*) AS n FROM leg GROUP BY organisation_id
    UNION ALL
    SELECT 'trunk', trunk_id, count(*) FROM leg WHERE trunk_id IS NOT NULL GROUP BY trunk_id
    UNION ALL
    SELECT 'campaign', campaign_id, count(*) FROM leg WHERE campaign_id IS NOT NULL GROUP BY campaign_id
), right_now AS (
    SELECT k.kind, k.key, coalesce(alive.n, 0) AS n FROM limits k LEFT JOIN alive USING (kind, key)
    WHERE k.used > 0 OR alive.n > 0
)
UPDATE limits l SET used = r.n FROM right_now r
WHERE l.kind = r.kind AND l.key = r.key AND l.used <> r.n

-- name: next_due
SELECT min(due_at) FROM calls WHERE status = 'queued' AND lane_id IS NULL AND NOT held AND due_at > now()

-- name: take_node
INSERT INTO nodes (organisation_id, name, epoch, seen_at) VALUES ($1, $2, 1, now())
ON CONFLICT (name) DO UPDATE SET epoch = nodes.epoch + 1, seen_at = now()
RETURNING epoch

-- name: get_call_limits
SELECT allowed_countries, calls_per_person, per_person_hours, max_call_seconds, marketing_needs_consent
FROM call_limits WHERE organisation_id = $1

-- name: lock_organisation
SELECT FROM organisations WHERE id = $1 FOR UPDATE

-- name: set_call_limits
INSERT INTO call_limits (organisation_id, allowed_countries, calls_per_person, per_person_hours, max_call_seconds,
                         marketing_needs_consent)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (organisation_id) DO UPDATE SET
    allowed_countries = excluded.allowed_countries, calls_per_person = excluded.calls_per_person,
    per_person_hours = excluded.per_person_hours, max_call_seconds = excluded.max_call_seconds,
    marketing_needs_consent = excluded.marketing_needs_consent

-- name: near_their_end
SELECT a.id, coalesce(l.max_call_seconds, 3600) AS max_call_seconds,
       (coalesce(l.max_call_seconds, 3600) - extract(epoch FROM now() - a.answered_at))::float8 AS left_seconds
FROM attempts a LEFT JOIN call_limits l ON l.organisation_id = a.organisation_id
WHERE a.id = ANY($1::text[]) AND a.state = 'answered'
  AND a.answered_at + make_interval(secs => coalesce(l.max_call_seconds, 3600)) < now() + $2::interval
