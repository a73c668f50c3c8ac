-- name: fail_unread
UPDATE verifications SET state = 'failed', reason = $3, ended_at = now()
WHERE organisation_id = $1 AND message_id = $2 AND state = 'pending'
RETURNING *
