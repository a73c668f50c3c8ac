-- name: trunk_named
-- Across organisations: the engine knows a line by its name alone.
SELECT id, organisation_id, kind, shared, number_format, region FROM trunks WHERE name = $1 AND enabled

-- name: number_called
-- Across organisations: whose number it is, is the question. Several may show one number; the caller means the one
-- that called last.
SELECT n.e164, n.owner_id, n.inbound_enabled, n.inbound_flow, n.forward_to, n.inbound_webhook_url,
       n.inbound_webhook_events, o.id AS organisation_id, coalesce(o.spoken_name, o.name) AS spoken_name,
       o.callback_days, o.time_zone, o.voice, o.rate_plan_id
FROM numbers n JOIN organisations o ON o.id = n.organisation_id
WHERE n.e164 = $1 AND n.enabled AND n.verified_at IS NOT NULL AND ($3::boolean OR n.organisation_id = $2)
ORDER BY n.inbound_enabled DESC,
         (SELECT max(c.number) FROM calls c
          WHERE c.organisation_id = n.organisation_id AND c.to_number = $4 AND c.from_number = n.e164
            AND c.sandbox = $5 AND c.direction = 'outbound') DESC NULLS LAST,
         n.number
LIMIT 1

-- name: last_call_to
SELECT c.variables, c.to_number, c.from_number, c.outcome, f.body AS flow, a.dialing_at
FROM calls c
JOIN flows f ON f.id = c.flow_id
JOIN attempts a ON a.call_id = c.id
WHERE c.organisation_id = $1 AND c.to_number = $2 AND c.sandbox = $3 AND c.direction = 'outbound'
  AND a.dialing_at > $4
  -- a call that brought a code is nothing to hear again
  AND NOT EXISTS (SELECT FROM verifications v WHERE v.call_id = c.id)
ORDER BY a.dialing_at DESC
LIMIT 1

-- name: is_there
SELECT EXISTS (SELECT FROM attempts WHERE id = $1)

-- name: take_one
UPDATE limits SET used = used + 1 WHERE kind = $1 AND key = $2 AND used < capacity RETURNING used

-- name: give_back_one
UPDATE limits SET used = greatest(used - 1, 0) WHERE kind = $1 AND key = $2

-- name: insert_inbound_call
INSERT INTO calls (
    id, organisation_id, owner_id, direction, sandbox, purpose, to_number, from_number, flow_id, variables, webhook_url,
    webhook_events, status, attempts, contact_id
)
VALUES ($1, $2, $3, 'inbound', $4, 'transactional', $5, $6, $7, $8, $9, $10, 'ringing', $11,
        (SELECT k.contact_id FROM contact_numbers k
         WHERE k.organisation_id = $2 AND k.e164 = $6 ORDER BY k.contact_id LIMIT 1))
RETURNING *

-- name: insert_inbound_attempt
INSERT INTO attempts (
    id, organisation_id, call_id, ordinal, direction, to_number, from_number, trunk_id, node, epoch, lease_until, state,
    ringing_at
)
VALUES ($1, $2, $3, 1, 'inbound', $4, $5, $6, $7, $8, now() + $9::interval, 'ringing', now())
