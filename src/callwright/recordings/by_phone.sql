-- name: ended_calls
-- Audio whose call is over and about which nothing was decided yet.
SELECT a.id, a.organisation_id, a.origin, c.outcome, c.reason, c.dtmf_response
FROM audio a JOIN calls c ON c.id = a.origin ->> 'call_id' AND c.organisation_id = a.organisation_id
WHERE a.state = 'pending' AND a.deleted_at IS NULL AND a.source = 'phone' AND c.outcome IS NOT NULL
  AND NOT a.origin ? 'kept'
ORDER BY a.number LIMIT 100
FOR UPDATE OF a SKIP LOCKED

-- name: call_of_draft
SELECT origin ->> 'call_id' FROM audio
WHERE organisation_id = $1 AND id = $2 AND source = 'phone' AND state = 'pending' AND deleted_at IS NULL
