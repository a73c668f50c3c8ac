-- name: insert_link
INSERT INTO result_links (id, organisation_id, campaign_id, hash, created_by, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING *

-- name: links_of
SELECT * FROM result_links WHERE organisation_id = $1 AND campaign_id = $2 AND expires_at > $3
ORDER BY created_at DESC, id DESC
LIMIT 200

-- name: delete_link
DELETE FROM result_links WHERE organisation_id = $1 AND campaign_id = $2 AND id = $3 RETURNING id

-- name: open_link
UPDATE result_links SET opened = opened + 1, last_opened_at = $2
WHERE hash = $1 AND expires_at > $2
RETURNING *

-- name: campaign_of_link
SELECT * FROM campaigns WHERE organisation_id = $1 AND id = $2

-- name: forget_links
DELETE FROM result_links WHERE expires_at < now()
