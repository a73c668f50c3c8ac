-- name: history
-- Calls of the person, and calls with one of their numbers that are nobody else's.
SELECT c.number, c.id, c.direction, c.status, c.outcome, c.created_at, c.duration_seconds, c.campaign_id,
       CASE c.direction WHEN 'inbound' THEN c.from_number ELSE c.to_number END AS address
FROM calls c
WHERE c.organisation_id = $1 AND ($2::text IS NULL OR c.owner_id = $2) AND (NOT $3::boolean OR c.sandbox)
  AND ($4::bigint IS NULL OR c.number < $4)
  AND (
      c.contact_id = ANY($5::text[])
      OR (c.contact_id IS NULL AND c.direction = 'outbound' AND c.to_number = ANY($6::text[]))
      OR (c.contact_id IS NULL AND c.direction = 'inbound' AND c.from_number = ANY($6::text[]))
  )
ORDER BY c.number DESC
LIMIT $7

-- name: lock_calls_of
SELECT c.* FROM calls c
WHERE c.organisation_id = $1
  AND (
      c.contact_id = ANY($2::text[])
      OR (c.contact_id IS NULL AND c.direction = 'outbound' AND c.to_number = ANY($3::text[]))
      OR (c.contact_id IS NULL AND c.direction = 'inbound' AND c.from_number = ANY($3::text[]))
  )
ORDER BY c.number
FOR UPDATE OF c

-- name: everything_of
SELECT to_jsonb(c) - 'sealed' || jsonb_build_object(
    'verification', (SELECT to_jsonb(v) - 'code_hash' FROM verifications v WHERE v.call_id = c.id),
    'flow', (SELECT f.body FROM flows f WHERE f.id = c.flow_id),
    'attempts', coalesce((SELECT jsonb_agg(to_jsonb(a) ORDER BY a.ordinal) FROM attempts a WHERE a.call_id = c.id), '[]'),
    'decisions', coalesce((SELECT jsonb_agg(to_jsonb(d) ORDER BY d.id) FROM contactability d WHERE d.call_id = c.id), '[]'),
    'events', coalesce((
        SELECT jsonb_agg(jsonb_build_object('type', e.type, 'body', e.body, 'created_at', e.created_at) ORDER BY e.id)
        FROM events e WHERE e.organisation_id = c.organisation_id AND e.subject = c.id
    ), '[]'),
    'deliveries', coalesce((
        SELECT jsonb_agg(jsonb_build_object('url', d.url, 'state', d.state, 'body', d.body) ORDER BY d.ordinal)
        FROM deliveries d WHERE d.organisation_id = c.organisation_id AND d.subject = c.id
    ), '[]')
) AS call
FROM calls c
WHERE c.organisation_id = $1 AND c.id = ANY($2::text[])
ORDER BY c.number

-- name: erase_calls
UPDATE calls c SET
    to_number = coalesce(t.tokens ->> c.to_number, c.to_number),
    from_number = coalesce(t.tokens ->> c.from_number, c.from_number),
    variables = '{}', metadata = '{}', dtmf_response = NULL, contact_id = NULL, fallback_sms = NULL, fallback_email = NULL,
    reason = CASE WHEN c.reason IS NULL THEN NULL ELSE 'the person was erased' END
FROM (SELECT $3::jsonb AS tokens) t
WHERE c.organisation_id = $1 AND c.id = ANY($2::text[])

-- name: erase_attempts
UPDATE attempts a SET
    to_number = coalesce(t.tokens ->> a.to_number, a.to_number),
    from_number = coalesce(t.tokens ->> a.from_number, a.from_number),
    flow_state = NULL
FROM (SELECT $3::jsonb AS tokens) t
WHERE a.organisation_id = $1 AND a.call_id = ANY($2::text[])

-- name: erase_verifications
UPDATE verifications v SET
    to_number = coalesce(t.tokens ->> v.to_number, v.to_number), code_hash = '',
    reason = CASE WHEN v.reason IS NULL THEN NULL ELSE 'the person was erased' END
FROM (SELECT $3::jsonb AS tokens) t
WHERE v.organisation_id = $1 AND v.call_id = ANY($2::text[])

-- name: erase_decisions
UPDATE contactability SET inputs = '{}', reason = 'the person was erased'
WHERE organisation_id = $1 AND call_id = ANY($2::text[])

-- name: erase_flows
-- A text may name the person it was said to: one that nobody else heard goes.
UPDATE flows f SET
    hash = sha256(convert_to('erased ' || f.id, 'UTF8')),
    body = '{"version": 1, "start": "s1", "steps": {"s1": {"type": "hangup"}}}'
WHERE f.organisation_id = $1 AND f.id = ANY($3::text[])
  AND NOT EXISTS (SELECT FROM calls c WHERE c.flow_id = f.id AND c.id <> ALL ($2::text[]))

-- name: erase_events
-- Only what says nothing of a person is left.
UPDATE events e SET body = (
    SELECT coalesce(jsonb_object_agg(b.key, b.value), '{}') FROM jsonb_each(e.body) AS b
    WHERE b.key = ANY(ARRAY[
        'event', 'call_id', 'status', 'outcome', 'duration_seconds', 'amd_result', 'timestamp', 'attempt_id', 'attempt',
        'direction'
    ])
) || jsonb_build_object('to', t.tokens -> (e.body ->> 'to'), 'erased', true)
FROM (SELECT $3::jsonb AS tokens) t
WHERE e.organisation_id = $1
  AND e.subject = ANY($2::text[] || ARRAY(
      SELECT v.id FROM verifications v WHERE v.organisation_id = $1 AND v.call_id = ANY($2::text[])
  ))

-- name: erase_deliveries
UPDATE deliveries d SET
    body = json_build_object(
        'event', d.event_type, 'call_id', d.subject, 'to', t.tokens -> (d.body ->> 'to'), 'status', d.body -> 'status',
        'timestamp', d.body -> 'timestamp', 'erased', true
    ),
    rendered = NULL,
    url = CASE WHEN d.state = 'pending' THEN d.url ELSE split_part(d.url, '?', 1) END,
    error = NULL
FROM (SELECT $3::jsonb AS tokens) t
WHERE d.organisation_id = $1 AND d.subject = ANY($2::text[])
