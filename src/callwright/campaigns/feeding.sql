-- name: campaigns_to_feed
-- Where nothing runs this reads an empty index. It locks nothing, and what it saw is looked at again.
SELECT g.organisation_id, g.id
FROM campaigns g JOIN limits m ON m.kind = 'campaign' AND m.key = g.id
WHERE g.kind = 'campaign' AND g.state = 'running' AND NOT g.held
  AND (NOT g.call_template ? 'channels' OR g.call_template -> 'channels' ? 'call')
  AND m.next_call_at < now() + $2::interval
  AND EXISTS (
      SELECT FROM lanes l
      WHERE l.campaign_id = g.id AND l.open_from <= $1 AND $1 < l.open_until
        AND (EXISTS (SELECT FROM recipients r
                     WHERE r.lane_id = l.id AND r.state = 'waiting' AND r.id >= l.next_recipient)
             OR EXISTS (SELECT FROM calls c
                        WHERE c.lane_id = l.id AND c.status = 'queued' AND NOT c.held AND c.due_at <= $1)
             OR EXISTS (SELECT FROM recipients r
                        WHERE r.lane_id = l.id AND r.state = 'again' AND r.again_at <= $1))
  )

-- name: offers
-- A campaign that is being changed is passed over: who changes it may wait for the counters that the claim holds. Until
-- the claim's commit nobody can pause one that is offered, so that a pause is followed by no call of it.
SELECT g.id, g.organisation_id, g.sandbox, g.priority, g.weight, g.hunt, m.served, m.capacity - m.used AS free,
       m.calls_per_second::float8 AS calls_per_second, greatest(m.next_call_at, now()) AS next_call_at, now() AS now
FROM campaigns g JOIN limits m ON m.kind = 'campaign' AND m.key = g.id
WHERE g.id = ANY($1::text[]) AND g.state = 'running' AND NOT g.held
ORDER BY g.id
FOR SHARE OF g SKIP LOCKED

-- name: take_recipients
-- Of each campaign: the lane that closes first goes first; in a lane the calls that are to be made again, then people
-- who come again, then those who wait, in their order. The nested loops follow the order of the lanes and stop at the
-- limit. A number that no trunk with room carries is passed over, among the next thousand.
SELECT wish.campaign_id, t.*
FROM unnest($1::text[], $2::integer[], $3::text[]) AS wish(campaign_id, calls, prefixes)
CROSS JOIN LATERAL (
    SELECT l.id AS lane_id, due.*
    FROM (
        SELECT l.id, l.next_recipient FROM lanes l
        WHERE l.campaign_id = wish.campaign_id AND l.open_from <= $4 AND $4 < l.open_until
        ORDER BY l.open_until, l.id
    ) AS l
    CROSS JOIN LATERAL (
        (SELECT q.id AS call_id, NULL::bigint AS recipient_id, NULL AS to_number, NULL AS contact_id, NULL::jsonb AS variables
         FROM (
             SELECT c.id FROM calls c
             WHERE c.lane_id = l.id AND c.status = 'queued' AND NOT c.held AND c.due_at <= $4
               AND c.id <> ALL ($5::text[]) AND carried(c.to_number, wish.prefixes)
             ORDER BY c.due_at, c.number
             LIMIT wish.calls
             FOR UPDATE OF c SKIP LOCKED
         ) AS q)
        UNION ALL
        (SELECT NULL, r.id, r.to_number, r.contact_id, r.variables
         FROM recipients r
         WHERE r.lane_id = l.id AND r.state = 'again' AND r.again_at <= $4 AND carried(r.to_number, wish.prefixes)
         ORDER BY r.again_at, r.id
         LIMIT wish.calls)
        UNION ALL
        (SELECT NULL, w.id, w.to_number, w.contact_id, w.variables
         FROM (
             SELECT r.id, r.to_number, r.contact_id, r.variables FROM recipients r
             WHERE r.lane_id = l.id AND r.state = 'waiting' AND r.id >= l.next_recipient
             ORDER BY r.id
             LIMIT CASE wish.prefixes WHEN '' THEN wish.calls ELSE 1000 END
         ) AS w
         WHERE carried(w.to_number, wish.prefixes)
         LIMIT wish.calls)
    ) AS due
    LIMIT wish.calls
) AS t

-- name: templates
SELECT g.id, g.organisation_id, g.owner_id, g.key_id, g.sandbox, g.purpose, g.priority, g.topic, g.flow_id, g.ends_at,
       g.call_template
FROM campaigns g WHERE g.id = ANY($1::text[])

-- name: feed
-- Makes the calls and returns them, and those of $2 that exist already, as pick_calls returns single ones. A recipient
-- that somebody changed since it was taken gets none. Cursors of lanes are only advanced where nobody holds the lane.
WITH new AS (
    SELECT * FROM jsonb_to_recordset($1) AS n(
        id text, recipient_id bigint, lane_id bigint, campaign_id text, organisation_id text, owner_id text, key_id text,
        sandbox boolean, purpose text, priority smallint, topic text, flow_id text, to_number text, from_number text,
        variables jsonb, metadata jsonb, webhook_url text, webhook_events jsonb, webhook_format text,
        ring_timeout_seconds integer, not_after timestamptz, ring_only_seconds integer, retry jsonb,
        retry_incomplete jsonb, fallback_sms jsonb, fallback_email jsonb, contact_id text
    )
), marked AS (
    UPDATE recipients r SET state = 'active', call_id = n.id, again_at = NULL FROM new n
    WHERE r.id = n.recipient_id AND r.state IN ('waiting', 'again')
    RETURNING r.id
), made AS (
    INSERT INTO calls (
        id, organisation_id, campaign_id, key_id, sandbox, purpose, to_number, from_number, flow_id, variables, metadata,
        webhook_url, webhook_events, ring_timeout_seconds, priority, due_at, owner_id, topic, not_after,
        ring_only_seconds, retry, retry_incomplete, webhook_format, fallback_sms, fallback_email, contact_id,
        recipient_id, lane_id
    )
    SELECT n.id, n.organisation_id, n.campaign_id, n.key_id, n.sandbox, n.purpose, n.to_number, n.from_number, n.flow_id,
           n.variables, n.metadata, n.webhook_url, ARRAY(SELECT jsonb_array_elements_text(n.webhook_events)),
           n.ring_timeout_seconds, n.priority, $3, n.owner_id, n.topic, n.not_after, n.ring_only_seconds, n.retry,
           n.retry_incomplete, n.webhook_format, n.fallback_sms, n.fallback_email,
           coalesce((SELECT k.id FROM contacts k WHERE k.id = n.contact_id), (
               SELECT k.contact_id FROM contact_numbers k
               WHERE k.organisation_id = n.organisation_id AND k.e164 = n.to_number ORDER BY k.contact_id LIMIT 1
           )), n.recipient_id, n.lane_id
    FROM new n JOIN marked ON marked.id = n.recipient_id
    ORDER BY n.lane_id, n.recipient_id
    RETURNING *
), free_lanes AS (
    SELECT l.id, l.next_recipient FROM lanes l WHERE l.id IN (SELECT lane_id FROM new)
    FOR NO KEY UPDATE SKIP LOCKED
), advanced AS (
    UPDATE lanes l SET next_recipient = coalesce((
        SELECT r.id FROM recipients r
        WHERE r.lane_id = l.id AND r.state = 'waiting' AND r.id >= l.next_recipient
          AND r.id NOT IN (SELECT recipient_id FROM new)
        ORDER BY r.id
        LIMIT 1
    ), greatest(l.next_recipient, (SELECT max(n.recipient_id) + 1 FROM new n WHERE n.lane_id = l.id)))
    FROM free_lanes f
    WHERE l.id = f.id
)
SELECT q.*, now() AS now, o.rate_plan_id, o.voice, o.time_zone, o.calling_from, o.calling_until, o.region AS home,
       x.username, facts.*,
       g.state AS campaign_state, g.state_reason AS campaign_reason, g.held AS campaign_held,
       g.schedule AS campaign_schedule, g.starts_at AS campaign_starts_at, g.ends_at AS campaign_ends_at,
       (SELECT k.known_zone FROM contacts k WHERE k.organisation_id = q.organisation_id AND k.id = q.contact_id)
           AS contact_zone,
       attestation_of(q.organisation_id, q.from_number) AS attestation,
       CASE WHEN q.attempts > 0 THEN trunks_tried(q.id, q.attempts + 1, '1 minute') END AS tried,
       EXISTS (SELECT FROM attempts a WHERE a.organisation_id = q.organisation_id AND a.to_number = q.to_number
                                            AND a.state <> 'ended' AND a.direction = 'outbound') AS in_the_air
FROM (SELECT * FROM made UNION ALL SELECT * FROM calls WHERE id = ANY($2::text[])) AS q
JOIN organisations o ON o.id = q.organisation_id
JOIN campaigns g ON g.id = q.campaign_id
LEFT JOIN extensions x ON x.organisation_id = q.organisation_id AND 'Ext:' || x.extension = q.to_number
CROSS JOIN LATERAL call_facts(q.organisation_id, q.to_number, q.purpose, q.campaign_id, q.topic, o.region) AS facts

-- name: pause
-- Who holds the campaign at its last look before a call may wait for the counters that this claim holds: then it is
-- paused by the next claim.
UPDATE campaigns SET state = 'paused', state_reason = $2, updated_at = now()
WHERE id = (SELECT id FROM campaigns WHERE id = $1 AND state = 'running' FOR UPDATE SKIP LOCKED)
RETURNING *
