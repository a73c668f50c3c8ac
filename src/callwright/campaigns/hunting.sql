-- name: take_next
-- The one who is next, whatever lane they are in, as rows of take_recipients: first whom a trunk failed, then another
-- number of the last one, then the list in its order, and after it again those who may be called again.
SELECT wish.campaign_id, next.lane_id, next.call_id, next.recipient_id, next.to_number, next.contact_id, next.variables
FROM unnest($1::text[], $2::text[]) AS wish(campaign_id, prefixes)
CROSS JOIN LATERAL (
    SELECT * FROM (
        SELECT CASE WHEN c.reason LIKE 'again over another trunk%' THEN 0 ELSE 3 END AS rank, c.attempts,
               r.position, l.id AS lane_id, c.id AS call_id, NULL::bigint AS recipient_id, NULL AS to_number,
               NULL AS contact_id, NULL::jsonb AS variables
        FROM lanes l
        JOIN calls c ON c.lane_id = l.id AND c.status = 'queued' AND NOT c.held AND c.due_at <= $3
        JOIN recipients r ON r.id = c.recipient_id
        WHERE l.campaign_id = wish.campaign_id AND l.open_from <= $3 AND $3 < l.open_until
          AND carried(c.to_number, wish.prefixes)
        UNION ALL
        SELECT 1, 0, r.position, l.id, NULL, r.id, r.to_number, r.contact_id, r.variables
        FROM lanes l JOIN recipients r ON r.lane_id = l.id AND r.state = 'again' AND r.again_at <= $3
        WHERE l.campaign_id = wish.campaign_id AND l.open_from <= $3 AND $3 < l.open_until
          AND carried(r.to_number, wish.prefixes)
        UNION ALL
        SELECT 2, 0, w.position, l.id, NULL, w.id, w.to_number, w.contact_id, w.variables
        FROM lanes l
        CROSS JOIN LATERAL (
            SELECT r.* FROM recipients r
            WHERE r.lane_id = l.id AND r.state = 'waiting' AND r.id >= l.next_recipient
              AND carried(r.to_number, wish.prefixes)
            ORDER BY r.id
            LIMIT 1
        ) AS w
        WHERE l.campaign_id = wish.campaign_id AND l.open_from <= $3 AND $3 < l.open_until
    ) AS each
    ORDER BY rank, attempts, position
    LIMIT 1
) AS next
