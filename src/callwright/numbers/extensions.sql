-- name: insert_extension
INSERT INTO extensions (id, organisation_id, extension, name, username, password, owner_id)
SELECT $1, o.id, $3, $4, 'ext-' || o.number || 'x' || $3, $5, $6
FROM organisations o WHERE o.id = $2
ON CONFLICT DO NOTHING
RETURNING *

-- name: extensions
SELECT * FROM extensions WHERE organisation_id = $1 ORDER BY extension

-- name: extensions_of_node
-- Across organisations: the engine is configured with every extension of the appliance.
SELECT * FROM extensions ORDER BY number

-- name: delete_extension
DELETE FROM extensions WHERE organisation_id = $1 AND (id = $2 OR extension = $2) RETURNING *
