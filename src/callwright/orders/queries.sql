-- name: order_parts
-- Of a WITH clause: an order with its parts; neither when there is one with this external id already, or nobody is given.
ordered AS (
    INSERT INTO orders (
        id, organisation_id, owner_id, key_id, sandbox, purpose, dialect, kind, external_id, name, fingerprint, asked,
        ignored_fields, campaign_id
    )
    SELECT $1::text, $2::text, $3::text, $4::text, $5::boolean, $6::text, $7::text, $8::text, $9::text, $10::text,
           $11::bytea, $12::jsonb, $13::text[], $14::text
    WHERE EXISTS (SELECT FROM given)
    ON CONFLICT (organisation_id, dialect, sandbox, external_id) WHERE external_id IS NOT NULL DO NOTHING
    RETURNING id, number, created_at
), ordered_parts AS (
    INSERT INTO order_items (order_id, organisation_id, position, call_id, message_id, to_number, refused, detail)
    SELECT ordered.id, $2, n.position, n.call_id, n.message_id, n.to_number, n.refused, coalesce(n.detail, '{}')
    FROM ordered CROSS JOIN jsonb_to_recordset($15) AS n(
        position integer, call_id text, message_id text, to_number text, refused text, detail jsonb
    )
)

-- name: insert_items
INSERT INTO order_items (order_id, organisation_id, position, call_id, message_id, to_number, refused, detail)
SELECT $1, $2, n.position, n.call_id, n.message_id, n.to_number, n.refused, coalesce(n.detail, '{}')
FROM jsonb_to_recordset($3) AS n(
    position integer, call_id text, message_id text, to_number text, refused text, detail jsonb
)

-- name: delete_items
DELETE FROM order_items WHERE organisation_id = $1 AND order_id = $2

-- name: last_position
SELECT coalesce(max(position) + 1, 0) FROM order_items WHERE organisation_id = $1 AND order_id = $2

-- name: page_of_orders
-- Whatever is NULL does not narrow. Of a sandbox key's sight: its own.
SELECT * FROM orders
WHERE organisation_id = $1 AND (NOT $2::boolean OR sandbox) AND ($3::text IS NULL OR owner_id = $3)
  AND ($4::text IS NULL OR dialect = $4)
  AND ($5::text IS NULL OR kind = $5)
  AND ($6::text IS NULL OR external_id = $6)
  AND ($7::text IS NULL OR lower(name) = lower($7))
  AND ($8::text[] IS NULL OR id = ANY($8))
  AND ($9::bigint[] IS NULL OR number = ANY($9))
  AND ($10::bigint IS NULL OR number < $10)
  AND ($11::boolean OR deleted_at IS NULL)
ORDER BY number DESC
LIMIT $12

-- name: orders_of
-- Those that made one of these calls, messages or campaigns.
SELECT o.*, i.call_id AS of_call, i.message_id AS of_message
FROM orders o LEFT JOIN order_items i ON i.order_id = o.id
    AND (i.call_id = ANY($2::text[]) OR i.message_id = ANY($2::text[]))
WHERE o.organisation_id = $1 AND (i.order_id IS NOT NULL OR o.campaign_id = ANY($2::text[]))
ORDER BY o.number

-- name: orders_named
-- By the index of names, which a statement with conditions that may be NULL does not use.
SELECT * FROM orders
WHERE organisation_id = $1 AND (NOT $2::boolean OR sandbox) AND ($3::text IS NULL OR owner_id = $3)
  AND dialect = $4 AND kind = $5 AND lower(name) = ANY($6::text[]) AND name IS NOT NULL AND deleted_at IS NULL
ORDER BY number DESC
LIMIT $7

-- name: parts_of_orders
-- With the whole row of the call, if there is one.
SELECT i.order_id, i.position, i.to_number AS asked_number, i.refused, i.detail, i.call_id, i.message_id,
       to_jsonb(m) AS message, c.*
FROM order_items i
LEFT JOIN messages m ON m.id = i.message_id
LEFT JOIN calls c ON c.id = i.call_id
WHERE i.organisation_id = $1 AND i.order_id = ANY($2::text[]) AND i.position >= $3 AND i.position < $4
ORDER BY i.order_id, i.position

-- name: parts_of_calls
SELECT i.order_id, i.position, i.to_number AS asked_number, i.refused, i.detail, i.call_id, i.message_id, NULL::jsonb AS message
FROM order_items i JOIN orders o ON o.id = i.order_id
WHERE i.organisation_id = $1 AND o.dialect = $2 AND i.call_id = ANY($3::text[])

-- name: delete_order
UPDATE orders SET deleted_at = now()
WHERE organisation_id = $1 AND id = $2 AND ($3::text IS NULL OR owner_id = $3) AND deleted_at IS NULL
RETURNING *

-- name: change_order
UPDATE orders SET asked = $4, name = coalesce($5, name)
WHERE organisation_id = $1 AND id = $2 AND ($3::text IS NULL OR owner_id = $3)
RETURNING *

-- name: change_item
UPDATE order_items SET detail = $4 WHERE organisation_id = $1 AND order_id = $2 AND position = $3
