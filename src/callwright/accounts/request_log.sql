-- name: record
INSERT INTO refused_requests (
    organisation_id, key_id, user_id, sandbox, interface, method, path, status, code, reason, request_id, address
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: page
-- A sandbox key ($2) sees those of sandbox keys.
SELECT r.*, k.name AS key_name, u.email AS user_email
FROM refused_requests r LEFT JOIN api_keys k ON k.id = r.key_id LEFT JOIN users u ON u.id = r.user_id
WHERE r.organisation_id = $1 AND (NOT $2 OR r.sandbox)
  AND ($3::text IS NULL OR r.interface = $3)
  AND ($4::text IS NULL OR r.key_id = $4)
  AND ($5::smallint IS NULL OR r.status = $5)
  AND ($6::timestamptz IS NULL OR r.at >= $6)
  AND ($7::timestamptz IS NULL OR r.at < $7)
  AND ($8::bigint IS NULL OR r.id < $8)
ORDER BY r.id DESC
LIMIT $9

-- name: forget
-- Across organisations: what is older than $1, and of each organisation all but its newest $2.
DELETE FROM refused_requests r
WHERE r.at < $1 OR r.id <= (
    SELECT n.id FROM refused_requests n WHERE n.organisation_id = r.organisation_id ORDER BY n.id DESC OFFSET $2 LIMIT 1
)
