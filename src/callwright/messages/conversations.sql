-- name: page_of_conversations
SELECT c.*, m.text AS last_text, m.direction AS last_direction
FROM conversations c
LEFT JOIN LATERAL (
    SELECT m.text, m.direction FROM messages m WHERE m.conversation_id = c.id ORDER BY m.number DESC LIMIT 1
) AS m ON true
WHERE c.organisation_id = $1 AND c.channel = 'sms' AND c.sandbox = $2
  AND ($3::timestamptz IS NULL OR (c.last_message_at, c.number) < ($3, $4::bigint))
  AND ($5::text IS NULL OR c.theirs = $5 OR c.ours = $5)
  AND ($6::boolean IS NULL OR (c.unread > 0) = $6)
ORDER BY c.last_message_at DESC, c.number DESC
LIMIT $7

-- name: get_conversation
SELECT c.*, m.text AS last_text, m.direction AS last_direction
FROM conversations c
LEFT JOIN LATERAL (
    SELECT m.text, m.direction FROM messages m WHERE m.conversation_id = c.id ORDER BY m.number DESC LIMIT 1
) AS m ON true
WHERE c.organisation_id = $1 AND c.id = $2 AND c.sandbox = $3

-- name: messages_of_conversation
-- What we sent before the person ever wrote belongs to it, too.
SELECT m.* FROM messages m
WHERE m.organisation_id = $1 AND m.channel = 'sms' AND m.sandbox = $2
  AND (m.conversation_id = $3 OR m.to_address = $4 AND m.from_address = $5 AND m.direction = 'outbound')
  AND ($6::bigint IS NULL OR m.number < $6)
ORDER BY m.number DESC
LIMIT $7

-- name: mark_read
UPDATE conversations SET unread = 0 WHERE organisation_id = $1 AND id = $2 AND sandbox = $3 RETURNING id

-- name: touch_conversation
UPDATE conversations SET last_message_at = now(), unread = 0 WHERE organisation_id = $1 AND id = $2
