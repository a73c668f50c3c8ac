-- name: find_number
SELECT * FROM numbers
WHERE organisation_id = $1 AND (id = $2 OR e164 = $2) AND ($3::text IS NULL OR owner_id = $3)

-- name: set_inbound
UPDATE numbers SET
    inbound_enabled = $3, inbound_flow = $4, forward_to = $5, inbound_webhook_url = $6, inbound_webhook_events = $7
WHERE organisation_id = $1 AND id = $2
RETURNING *

-- name: lock_number
SELECT * FROM numbers
WHERE organisation_id = $1 AND (id = $2 OR e164 = $2) AND ($3::text IS NULL OR owner_id = $3)
FOR UPDATE

-- name: numbers_that_play
SELECT e164 FROM numbers
WHERE organisation_id = $1 AND inbound_flow IS NOT NULL
  AND jsonb_path_exists(inbound_flow, '$.**.audio ? (@ == $audio)', jsonb_build_object('audio', $2::text))
ORDER BY number LIMIT 5
