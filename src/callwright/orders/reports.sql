-- name: insert_report
INSERT INTO order_reports (order_id, organisation_id, emails, numbers) VALUES ($1, $2, $3, $4)

-- name: due_reports
-- Across organisations: whose orders are over, is the question. A text that left is over when no receipt came for a
-- while.
SELECT r.order_id, r.organisation_id, r.emails, r.numbers
FROM order_reports r
WHERE r.sent_at IS NULL AND NOT EXISTS (
    SELECT FROM order_items i
    LEFT JOIN calls c ON c.id = i.call_id
    LEFT JOIN messages m ON m.id = i.message_id
    WHERE i.order_id = r.order_id AND (
        (c.id IS NOT NULL AND c.outcome IS NULL)
        OR m.status IN ('queued', 'sending')
        OR (m.status = 'sent' AND m.sent_at > now() - $2::interval)
    )
)
ORDER BY r.created_at
LIMIT $1
FOR UPDATE OF r SKIP LOCKED

-- name: reported_order
SELECT o.*, g.time_zone FROM orders o JOIN organisations g ON g.id = o.organisation_id
WHERE o.organisation_id = $1 AND o.id = $2

-- name: rows_of_report
SELECT coalesce(c.to_number, m.to_address, i.to_number) AS to_number, i.detail ->> 'name' AS name,
       coalesce(i.refused, c.reason, m.reason) AS reason, c.status AS call_status, c.attempts, c.duration_seconds,
       c.dtmf_response, c.ended_at, m.status AS text_status,
       (SELECT a.text FROM messages a
        WHERE a.organisation_id = i.organisation_id AND a.direction = 'inbound' AND a.reply_to = m.id
        ORDER BY a.number DESC LIMIT 1) AS reply
FROM order_items i
LEFT JOIN calls c ON c.id = i.call_id
LEFT JOIN messages m ON m.id = i.message_id
WHERE i.organisation_id = $1 AND i.order_id = $2
ORDER BY i.position

-- name: report_sent
UPDATE order_reports SET sent_at = now(), emails = '{}', numbers = '{}' WHERE organisation_id = $1 AND order_id = $2

-- name: owners_of_organisation
SELECT email FROM users
WHERE organisation_id = $1 AND role = 'owner' AND disabled_at IS NULL AND deleted_at IS NULL
ORDER BY number

-- name: organisation_of_report
SELECT * FROM organisations WHERE id = $1
