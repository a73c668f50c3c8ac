-- name: record
INSERT INTO audit_log (organisation_id, actor, user_id, key_id, action, object, before, after, address)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: page
SELECT a.*, u.email AS user_email, k.name AS key_name
FROM audit_log a LEFT JOIN users u ON u.id = a.user_id LEFT JOIN api_keys k ON k.id = a.key_id
WHERE a.organisation_id = $1
  AND ($2::text IS NULL OR a.object = $2)
  AND ($3::text IS NULL OR a.action = $3 OR starts_with(a.action, $3 || '.'))
  AND ($4::text IS NULL OR a.user_id = $4)
  AND ($5::text IS NULL OR a.key_id = $5)
  AND ($6::timestamptz IS NULL OR a.at >= $6)
  AND ($7::timestamptz IS NULL OR a.at < $7)
  AND ($8::bigint IS NULL OR a.id < $8)
ORDER BY a.id DESC
LIMIT $9
