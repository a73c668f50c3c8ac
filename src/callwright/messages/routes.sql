-- name: insert_route
INSERT INTO routes (
    id, organisation_id, shared, channel, kind, name, options, secrets, prefixes, priority, weight, per_second
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (name) DO UPDATE SET
    shared = excluded.shared, options = excluded.options, secrets = coalesce(excluded.secrets, routes.secrets),
    prefixes = excluded.prefixes, priority = excluded.priority, weight = excluded.weight,
    per_second = excluded.per_second, updated_at = now()
WHERE $13 AND routes.organisation_id = excluded.organisation_id AND routes.channel = excluded.channel
  AND routes.kind = excluded.kind
RETURNING *

-- name: page_of_routes
-- Those that carry an organisation's messages; what is shared belongs to another and is shown by its name only.
SELECT * FROM routes
WHERE (organisation_id = $1 OR shared) AND ($2::text IS NULL OR channel = $2) AND ($3::bigint IS NULL OR number < $3)
ORDER BY number DESC
LIMIT $4

-- name: get_route
SELECT * FROM routes WHERE (organisation_id = $1 OR shared) AND (id = $2 OR name = $2)

-- name: lock_route
SELECT * FROM routes WHERE organisation_id = $1 AND (id = $2 OR name = $2) FOR UPDATE

-- name: enable_route
UPDATE routes SET enabled = $3, updated_at = now() WHERE organisation_id = $1 AND id = $2 RETURNING *

-- name: delete_route
DELETE FROM routes WHERE organisation_id = $1 AND id = $2

-- name: route_is_used
SELECT EXISTS (SELECT FROM messages WHERE route_id = $1)

-- name: can_carry
SELECT EXISTS (
    SELECT FROM routes r
    WHERE r.enabled AND r.channel = $2 AND (r.shared OR r.organisation_id = $1) AND (r.kind = 'lab') = $3
      AND (NOT $4::boolean OR r.kind <> 'smpp')
)

-- name: opened_route
-- Across organisations: what a provider calls names the route alone. Of one that is disabled receipts still come.
SELECT * FROM routes WHERE id = $1 OR name = $1

-- name: shared_routes
-- Of no organisation in particular: for what the appliance itself sends.
SELECT * FROM routes WHERE shared AND enabled AND channel = $1 AND kind = $2 ORDER BY priority, number
