-- name: history
-- Messages of the person, and messages with one of their addresses that are nobody else's.
SELECT m.number, m.id, m.channel, m.direction, m.status, m.created_at, m.campaign_id, m.parts, m.conversation_id,
       CASE m.direction WHEN 'inbound' THEN m.from_address ELSE m.to_address END AS address
FROM messages m
WHERE m.organisation_id = $1 AND ($2::text IS NULL OR m.owner_id = $2) AND (NOT $3::boolean OR m.sandbox)
  AND ($4::bigint IS NULL OR m.number < $4)
  AND (
      m.contact_id = ANY($5::text[])
      OR (m.contact_id IS NULL AND m.direction = 'outbound' AND m.to_address = ANY($6::text[]))
      OR (m.contact_id IS NULL AND m.direction = 'inbound' AND m.from_address = ANY($6::text[]))
  )
ORDER BY m.number DESC
LIMIT $7

-- name: lock_messages_of
-- With what went on to colleagues: it holds the person's words.
WITH own AS (
    SELECT m.id FROM messages m
    WHERE m.organisation_id = $1
      AND (
          m.contact_id = ANY($2::text[])
          OR (m.contact_id IS NULL AND m.direction = 'outbound' AND m.to_address = ANY($3::text[]))
          OR (m.contact_id IS NULL AND m.direction = 'inbound' AND m.from_address = ANY($3::text[]))
      )
)
SELECT m.* FROM messages m
WHERE m.organisation_id = $1
  AND (m.id IN (SELECT id FROM own) OR m.automatic = 'forward' AND m.reply_to IN (SELECT id FROM own))
ORDER BY m.id
FOR UPDATE OF m

-- name: everything_of
SELECT to_jsonb(m) - 'sealed' || jsonb_build_object(
    'verification', (SELECT to_jsonb(v) - 'code_hash' FROM verifications v WHERE v.message_id = m.id),
    'content', (SELECT c.body FROM message_contents c WHERE c.id = m.content_id),
    'parts_sent', coalesce((SELECT jsonb_agg(to_jsonb(p) ORDER BY p.part) FROM message_parts p WHERE p.message_id = m.id), '[]'),
    'counts', coalesce((SELECT jsonb_agg(to_jsonb(k)) FROM email_counts k WHERE k.message_id = m.id), '[]'),
    'pictures', coalesce((
        SELECT jsonb_agg(to_jsonb(p) - 'octets' || jsonb_build_object('base64', encode(p.octets, 'base64'))
                         ORDER BY p.ordinal)
        FROM inbound_pictures p WHERE p.message_id = m.id
    ), '[]'),
    'decisions', coalesce((
        SELECT jsonb_agg(to_jsonb(d) ORDER BY d.id) FROM message_decisions d WHERE d.message_id = m.id
    ), '[]'),
    'events', coalesce((
        SELECT jsonb_agg(jsonb_build_object('type', e.type, 'body', e.body, 'created_at', e.created_at) ORDER BY e.id)
        FROM events e WHERE e.organisation_id = m.organisation_id AND e.subject = m.id
    ), '[]'),
    'deliveries', coalesce((
        SELECT jsonb_agg(jsonb_build_object('url', d.url, 'state', d.state, 'body', d.body) ORDER BY d.ordinal)
        FROM deliveries d WHERE d.organisation_id = m.organisation_id AND d.subject = m.id
    ), '[]')
) AS message
FROM messages m
WHERE m.organisation_id = $1 AND m.id = ANY($2::text[])
ORDER BY m.number

-- name: erase_messages
UPDATE messages m SET
    to_address = coalesce(t.tokens ->> m.to_address, m.to_address),
    from_address = coalesce(t.tokens ->> m.from_address, m.from_address),
    text = CASE WHEN m.text IS NULL THEN NULL ELSE '' END, variables = NULL, media = NULL, metadata = '{}',
    contact_id = NULL, sealed = NULL,
    reason = CASE WHEN m.reason IS NULL THEN NULL ELSE 'the person was erased' END
FROM (SELECT $3::jsonb AS tokens) t
WHERE m.organisation_id = $1 AND m.id = ANY($2::text[])

-- name: contents_with_files
SELECT c.body FROM message_contents c
WHERE c.organisation_id = $1 AND c.id = ANY($2::text[]) AND c.body ? 'attachments'

-- name: erase_contents
-- A text may name the person: one that was sent to nobody else goes.
UPDATE message_contents c SET
    hash = sha256(convert_to('erased ' || c.id, 'UTF8')), body = '{"text": "", "erased": true}'
WHERE c.organisation_id = $1 AND c.id = ANY($3::text[])
  AND NOT EXISTS (SELECT FROM messages m WHERE m.content_id = c.id AND m.id <> ALL ($2::text[]))

-- name: erase_verifications
UPDATE verifications v SET
    to_number = coalesce(t.tokens ->> v.to_number, v.to_number), code_hash = '',
    reason = CASE WHEN v.reason IS NULL THEN NULL ELSE 'the person was erased' END
FROM (SELECT $3::jsonb AS tokens) t
WHERE v.organisation_id = $1 AND v.message_id = ANY($2::text[])

-- name: erase_decisions
UPDATE message_decisions SET inputs = '{}', reason = 'the person was erased'
WHERE organisation_id = $1 AND message_id = ANY($2::text[])

-- name: erase_counts
DELETE FROM email_counts k USING messages m
WHERE m.organisation_id = $1 AND m.id = ANY($2::text[]) AND k.message_id = m.id

-- name: erase_pictures
DELETE FROM inbound_pictures WHERE organisation_id = $1 AND message_id = ANY($2::text[])

-- name: erase_conversations
UPDATE conversations c SET theirs = t.tokens ->> c.theirs, contact_id = NULL, unread = 0
FROM (SELECT $2::jsonb AS tokens) t
WHERE c.organisation_id = $1 AND t.tokens ? c.theirs

-- name: erase_parts
DELETE FROM inbound_parts p USING routes r
WHERE r.id = p.route_id AND r.organisation_id = $1 AND p.sender = ANY($2::text[])

-- name: erase_events
-- Only what says nothing of a person is left.
UPDATE events e SET body = (
    SELECT coalesce(jsonb_object_agg(b.key, b.value), '{}') FROM jsonb_each(e.body) AS b
    WHERE b.key = ANY(ARRAY['event', 'message_id', 'status', 'parts', 'timestamp', 'campaign_id', 'call_id'])
) || jsonb_build_object('to', t.tokens -> (e.body ->> 'to'), 'from', t.tokens -> (e.body ->> 'from'), 'erased', true)
FROM (SELECT $3::jsonb AS tokens) t
WHERE e.organisation_id = $1
  AND e.subject = ANY($2::text[] || ARRAY(
      SELECT v.id FROM verifications v WHERE v.organisation_id = $1 AND v.message_id = ANY($2::text[])
  ))

-- name: erase_deliveries
UPDATE deliveries d SET
    body = json_build_object(
        'event', d.event_type, 'message_id', d.subject, 'status', d.body -> 'status', 'timestamp', d.body -> 'timestamp',
        'to', t.tokens -> (d.body ->> 'to'), 'from', t.tokens -> (d.body ->> 'from'), 'erased', true
    ),
    rendered = NULL,
    url = CASE WHEN d.state = 'pending' THEN d.url ELSE split_part(d.url, '?', 1) END,
    error = NULL
FROM (SELECT $3::jsonb AS tokens) t
WHERE d.organisation_id = $1 AND d.subject = ANY($2::text[])
