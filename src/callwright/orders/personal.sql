-- name: items_of_person
SELECT i.order_id, i.position, i.to_number, i.refused, i.detail, i.call_id, i.message_id,
       o.dialect, o.name, o.external_id, o.created_at
FROM order_items i
JOIN orders o ON o.id = i.order_id
LEFT JOIN calls c ON c.id = i.call_id
LEFT JOIN messages m ON m.id = i.message_id
WHERE i.organisation_id = $1
  AND (
      i.to_number = ANY($2::text[]) OR c.contact_id = ANY($3::text[]) OR c.to_number = ANY($2::text[] || $4::text[])
      OR m.contact_id = ANY($3::text[]) OR m.to_address = ANY($2::text[] || $4::text[])
  )
ORDER BY o.number, i.position

-- name: lock_asked
SELECT id, asked, (SELECT count(*) FROM order_items i WHERE i.order_id = o.id) AS items
FROM orders o WHERE organisation_id = $1 AND id = ANY($2::text[])
ORDER BY o.number
FOR UPDATE

-- name: erase_item
UPDATE order_items i SET
    detail = '{}', to_number = coalesce(t.tokens ->> i.to_number, i.to_number),
    refused = CASE WHEN refused IS NULL THEN NULL ELSE 'the person was erased' END
FROM (SELECT $4::jsonb AS tokens) t
WHERE i.organisation_id = $1 AND i.order_id = $2 AND i.position = $3

-- name: erase_asked
UPDATE orders SET asked = $3, fingerprint = NULL WHERE organisation_id = $1 AND id = $2
