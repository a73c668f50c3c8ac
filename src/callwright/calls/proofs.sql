-- name: fail_unheard
-- A flash call has told its code when it rang, a spoken one when somebody answered.
UPDATE verifications v SET state = 'failed', reason = $3, ended_at = now()
WHERE v.organisation_id = $1 AND v.call_id = $2 AND v.state = 'pending'
  AND NOT EXISTS (
      SELECT FROM attempts a
      WHERE a.call_id = $2 AND (a.answered_at IS NOT NULL OR v.method = 'flash' AND a.ringing_at IS NOT NULL)
  )
RETURNING v.*
