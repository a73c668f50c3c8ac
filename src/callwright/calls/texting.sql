-- name: organisation
SELECT * FROM organisations WHERE id = $1
