-- name: places_are_missing
SELECT NOT EXISTS (SELECT FROM places)

-- name: lock_places
LOCK TABLE places IN SHARE ROW EXCLUSIVE MODE
