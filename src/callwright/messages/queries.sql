-- name: insert_contents
-- One row a content; of those that are there the id comes back, too.
WITH wanted AS (
    SELECT * FROM unnest($2::text[], $3::bytea[], $4::jsonb[]) AS w(id, hash, body)
), made AS (
    INSERT INTO message_contents (id, organisation_id, hash, body)
    SELECT id, $1, hash, body FROM wanted
    ON CONFLICT (organisation_id, hash) DO UPDATE SET hash = EXCLUDED.hash
    RETURNING id, hash
)
SELECT id, hash FROM made

-- name: link_content
INSERT INTO content_approvals (organisation_id, content_id, approval_id)
SELECT $1, $2, unnest($3::text[])
ON CONFLICT DO NOTHING

-- name: insert_messages
INSERT INTO messages (
    id, organisation_id, owner_id, key_id, channel, sandbox, purpose, topic, call_id, campaign_id, recipient_id, lane_id,
    contact_id, conversation_id, to_address, from_address, content_id, variables, text, encoding, parts, media,
    metadata, webhook_url, webhook_events, priority, due_at, not_after, held, reason, if_unknown, automatic, reply_to,
    sealed
)
SELECT
    n.id, $1, $2, $3, n.channel, $4, coalesce(n.purpose, $5), n.topic, n.call_id, n.campaign_id, n.recipient_id,
    n.lane_id,
    coalesce(n.contact_id, CASE n.channel
        WHEN 'sms' THEN (SELECT k.contact_id FROM contact_numbers k
                         WHERE k.organisation_id = $1 AND k.e164 = n.to_address ORDER BY k.contact_id LIMIT 1)
    END),
    n.conversation_id, n.to_address, n.from_address, n.content_id, n.variables, n.text, n.encoding, n.parts, n.media,
    coalesce(n.metadata, '{}'), n.webhook_url, ARRAY(SELECT jsonb_array_elements_text(n.webhook_events)), n.priority,
    coalesce(n.due_at, now()), n.not_after, n.content_id = ANY($7::text[]),
    CASE WHEN n.content_id = ANY($7::text[]) THEN $8::text END, n.if_unknown, n.automatic, n.reply_to, n.sealed
FROM jsonb_to_recordset($6) AS n(
    ordinal integer, id text, channel text, purpose text, topic text, call_id text, campaign_id text,
    recipient_id bigint, lane_id bigint, contact_id text, conversation_id text, to_address text, from_address text,
    content_id text, variables jsonb, text text, encoding text, parts smallint, media jsonb, metadata jsonb,
    webhook_url text, webhook_events jsonb, priority smallint, due_at timestamptz, not_after timestamptz,
    if_unknown text, automatic text, reply_to text, sealed text
)
ORDER BY n.ordinal
RETURNING *

-- name: get_message
SELECT * FROM messages
WHERE organisation_id = $1 AND id = $2 AND channel = $3 AND (NOT $4::boolean OR sandbox)
  AND ($5::text IS NULL OR owner_id = $5)

-- name: page_of_messages
SELECT * FROM messages
WHERE organisation_id = $1
  AND channel = $2
  AND ($3::boolean IS FALSE OR sandbox)
  AND ($4::text IS NULL OR status = $4)
  AND ($5::text IS NULL OR direction = $5)
  AND ($6::text IS NULL OR to_address = $6 OR from_address = $6)
  AND ($7::text IS NULL OR campaign_id = $7)
  AND ($8::text IS NULL OR conversation_id = $8)
  AND ($9::timestamptz IS NULL OR created_at >= $9)
  AND ($10::timestamptz IS NULL OR created_at < $10)
  AND ($11::bigint IS NULL OR number < $11)
  AND ($12::text IS NULL OR owner_id = $12)
ORDER BY number DESC
LIMIT $13

-- name: decisions_of_message
SELECT verdict, rule, reason, inputs, decided_at
FROM message_decisions WHERE organisation_id = $1 AND message_id = $2 ORDER BY id

-- name: parts_of_message
SELECT p.part, p.provider_id, p.state, p.error, p.created_at
FROM message_parts p JOIN messages m ON m.id = p.message_id
WHERE m.organisation_id = $1 AND m.id = $2 ORDER BY p.part, p.created_at

-- name: content_of_message
SELECT c.body FROM message_contents c WHERE c.organisation_id = $1 AND c.id = $2

-- name: lock_message
SELECT * FROM messages WHERE organisation_id = $1 AND id = $2 AND channel = $3 FOR UPDATE

-- name: lock_messages
SELECT id, status, sandbox, owner_id FROM messages
WHERE organisation_id = $1 AND id = ANY($2::text[]) AND channel = $3
ORDER BY id
FOR UPDATE

-- name: end_messages
-- Those that have not left, for good: $2 and $3 are the status and the reason.
UPDATE messages SET status = $2, reason = $3, ended_at = now(), held = false
WHERE id = ANY($1::text[]) AND status = 'queued'
RETURNING *

-- name: held_with
SELECT m.* FROM messages m JOIN content_approvals c ON c.content_id = m.content_id
WHERE m.organisation_id = $1 AND c.approval_id = $2 AND m.held AND m.status = 'queued'
ORDER BY m.id
FOR UPDATE OF m

-- name: release_held
UPDATE messages m SET held = false, reason = NULL
FROM content_approvals c
WHERE c.approval_id = $2 AND m.organisation_id = $1 AND m.content_id = c.content_id AND m.held AND m.status = 'queued'
  AND NOT EXISTS (
      SELECT FROM content_approvals other JOIN approvals a ON a.id = other.approval_id
      WHERE other.content_id = m.content_id AND a.state <> 'approved'
  )

-- name: last_replies
-- What people wrote back; our own answers name what they answer, too.
SELECT DISTINCT ON (reply_to) reply_to, text FROM messages
WHERE organisation_id = $1 AND direction = 'inbound' AND reply_to = ANY($2::text[])
ORDER BY reply_to, number DESC
