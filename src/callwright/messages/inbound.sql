-- name: owners_of_address
-- Across organisations: whose number was texted, is the question. Several may write from one number; the person means
-- who wrote last. Who keeps the route gets what is nobody else's.
SELECT o.*, s.id AS sender_id, coalesce(last.owner_id, s.owner_id) AS text_owner_id, coalesce(s.inbound, '{}') AS inbound,
       last.id AS last_id, last.campaign_id, last.recipient_id, last.webhook_url, last.webhook_events, last.body
FROM (
    SELECT organisation_id, min(claim) AS claim FROM (
        SELECT organisation_id, 1 AS claim FROM senders
        WHERE channel = 'sms' AND address = $1 AND verified_at IS NOT NULL
        UNION ALL
        SELECT organisation_id, 2 FROM numbers WHERE e164 = $1 AND enabled AND verified_at IS NOT NULL
        UNION ALL
        SELECT $2, 3
    ) AS claims
    GROUP BY organisation_id
) AS candidate
JOIN organisations o ON o.id = candidate.organisation_id
LEFT JOIN senders s ON s.organisation_id = o.id AND s.channel = 'sms' AND s.address = $1
LEFT JOIN LATERAL (
    SELECT m.id, m.number, m.owner_id, m.campaign_id, m.recipient_id, m.webhook_url, m.webhook_events, c.body
    FROM messages m LEFT JOIN message_contents c ON c.id = m.content_id
    WHERE m.organisation_id = o.id AND m.to_address = $3 AND m.from_address = $1 AND m.channel = 'sms'
      AND m.direction = 'outbound' AND m.sandbox = $5 AND m.automatic IS NULL
    ORDER BY m.number DESC
    LIMIT 1
) AS last ON true
WHERE $4::boolean OR o.id = $2
ORDER BY last.number DESC NULLS LAST, candidate.claim, o.number

-- name: claim_provider_id
-- The same text is never taken twice.
INSERT INTO message_parts (route_id, provider_id, message_id, part, state) VALUES ($1, $2, $3, 1, 'received')
ON CONFLICT DO NOTHING
RETURNING message_id

-- name: upsert_conversation
INSERT INTO conversations AS c (
    id, organisation_id, channel, ours, theirs, sandbox, contact_id, last_message_at, unread
)
VALUES (
    $1, $2, 'sms', $3, $4, $5,
    (SELECT k.contact_id FROM contact_numbers k
     WHERE k.organisation_id = $2 AND k.e164 = $4 ORDER BY k.contact_id LIMIT 1),
    now(), 1
)
ON CONFLICT (organisation_id, channel, ours, theirs, sandbox) DO UPDATE SET
    last_message_at = now(), unread = c.unread + 1, contact_id = coalesce(excluded.contact_id, c.contact_id)
RETURNING *

-- name: insert_inbound
INSERT INTO messages (
    id, organisation_id, owner_id, channel, direction, sandbox, purpose, campaign_id, recipient_id, contact_id,
    conversation_id, to_address, from_address, text, parts, media, webhook_url, webhook_events, status, route_id,
    reply_to, ended_at
)
VALUES ($1, $2, $3, 'sms', 'inbound', $4, 'transactional', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'received',
        $16, $17, now())
RETURNING *

-- name: language_of_person
SELECT k.language FROM messages m JOIN contacts k ON k.organisation_id = m.organisation_id AND k.id = m.contact_id
WHERE m.id = $1

-- name: automatic_answers_since
SELECT count(*) FROM messages
WHERE organisation_id = $1 AND to_address = $2 AND automatic IS NOT NULL AND created_at > now() - $3::interval

-- name: region_of
SELECT region FROM organisations WHERE id = $1

-- name: lock_parts
-- One at a time a long text, so that its last part finds the others.
SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'inbound parts', $1::text, $2::text, $3::text), 0))

-- name: keep_part
INSERT INTO inbound_parts AS p (
    route_id, sender, recipient, reference, total, part, data, data_coding, header, single_shift
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING
RETURNING part

-- name: parts_of_text
SELECT * FROM inbound_parts
WHERE route_id = $1 AND sender = $2 AND recipient = $3 AND reference = $4 AND total = $5
ORDER BY part

-- name: forget_text
DELETE FROM inbound_parts
WHERE route_id = $1 AND sender = $2 AND recipient = $3 AND reference = $4 AND total = $5

-- name: text_is_made
UPDATE inbound_parts SET message_id = $6
WHERE route_id = $1 AND sender = $2 AND recipient = $3 AND reference = $4 AND total = $5

-- name: texts_given_up
-- The beginnings of texts whose other parts did not come in time, oldest first.
SELECT DISTINCT route_id, sender, recipient, reference, total FROM inbound_parts
WHERE message_id IS NULL AND received_at < now() - $1::interval
LIMIT $2

-- name: forget_parts
DELETE FROM inbound_parts WHERE message_id IS NOT NULL AND received_at < now() - $1::interval
