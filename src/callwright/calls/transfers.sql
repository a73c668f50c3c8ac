-- name: transfer_of
SELECT id FROM transfers WHERE organisation_id = $1 AND id = $2

-- name: extension_of
SELECT username FROM extensions WHERE organisation_id = $1 AND extension = $2

-- name: allowed_countries
SELECT CASE WHEN l.organisation_id IS NULL THEN ARRAY[o.region] ELSE l.allowed_countries END
FROM organisations o LEFT JOIN call_limits l ON l.organisation_id = o.id
WHERE o.id = $1

-- name: region_of
SELECT o.region, CASE WHEN l.organisation_id IS NULL THEN ARRAY[o.region] ELSE l.allowed_countries END AS countries
FROM organisations o LEFT JOIN call_limits l ON l.organisation_id = o.id
WHERE o.id = $1

-- name: may_show
SELECT EXISTS (
    SELECT FROM numbers WHERE organisation_id = $1 AND e164 = $2 AND enabled AND verified_at IS NOT NULL
)

-- name: attestation_of
SELECT attestation_of($1, $2)

-- name: take_organisation
UPDATE limits SET used = used + 1 WHERE kind = 'organisation' AND key = $1 AND used < capacity RETURNING used

-- name: give_back_organisation
UPDATE limits SET used = greatest(used - 1, 0) WHERE kind = 'organisation' AND key = $1

-- name: take_trunk
UPDATE limits SET used = used + 1 WHERE kind = 'trunk' AND key = $1

-- name: trunks_of
-- Of one organisation and kind, whether they have room or not; locked after the organisation's counter, by key. One whose
-- breaker is not closed is tried by single calls, and never with somebody who waits on the line.
SELECT t.id, t.name, t.prefixes, t.priority, t.weight, t.shared, t.number_format, t.region, t.calls_per_second,
       t.transport,
       coalesce((t.options->>'pass_caller_id')::boolean, false) AS passes,
       coalesce((t.options->>'withhold_number')::boolean, false) AS withheld,
       trunk_signs(t.kind, t.number_format, t.options) AS signs, greatest(t.next_call_at, now()) AS next_call_at,
       now() AS now, l.used < l.capacity AS room, coalesce(b.state = 'closed', true) AS works
FROM limits l JOIN trunks t ON t.id = l.key LEFT JOIN breakers b ON b.kind = 'trunk' AND b.key = t.id
WHERE l.kind = 'trunk' AND t.enabled AND t.kind = $2 AND (t.shared OR t.organisation_id = $1)
ORDER BY l.key
FOR UPDATE OF l

-- name: set_next_call_at
UPDATE trunks SET next_call_at = $2 WHERE id = $1

-- name: insert_transfer
INSERT INTO transfers (id, organisation_id, call_id, attempt_id, destination, trunk_id)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: connect_transfer
UPDATE transfers SET state = 'connected', connected_at = now()
WHERE organisation_id = $1 AND id = $2 AND state = 'dialing'

-- name: end_transfer
UPDATE transfers SET state = 'ended', ended_at = coalesce($5, now()), q850_cause = $3, sip_status = $4
WHERE organisation_id = $1 AND id = $2 AND state <> 'ended'
RETURNING id, organisation_id, call_id, trunk_id, extract(epoch FROM ended_at - connected_at)::float AS seconds,
    extract(epoch FROM ended_at - connected_at) AS talked,
    EXISTS (SELECT FROM charges h WHERE h.subject = transfers.id AND h.charged IS NULL) AS paying

-- name: live_transfers
SELECT id FROM transfers WHERE organisation_id = $1 AND attempt_id = $2 AND state <> 'ended' ORDER BY id

-- name: end_stray_transfers
-- Across organisations: second legs whose call has ended are hung up by whoever ended it; what is left is a record.
UPDATE transfers t SET state = 'ended', ended_at = now()
FROM attempts a
WHERE t.state <> 'ended' AND a.id = t.attempt_id AND a.state = 'ended'
