-- name: insert_suppression
-- A repeated wish may bind longer than before, never shorter; one that had ended begins anew.
INSERT INTO suppressions AS s (
    id, organisation_id, e164, scope, scope_key, evidence, call_id, owner_id, source, expires_at
)
VALUES ($1, $2, $3, $4, CASE $4 WHEN 'topic' THEN lower($5) ELSE $5 END, $6, $7,
        coalesce($8, (SELECT owner_id FROM calls WHERE id = $7)), $9, $10)
ON CONFLICT (organisation_id, e164, scope, scope_key, owner_id) DO UPDATE SET
    evidence = CASE WHEN s.expires_at <= now() THEN excluded.evidence ELSE s.evidence END,
    source = CASE WHEN s.expires_at <= now() THEN excluded.source ELSE s.source END,
    call_id = CASE WHEN s.expires_at <= now() THEN excluded.call_id ELSE s.call_id END,
    created_at = CASE WHEN s.expires_at <= now() THEN now() ELSE s.created_at END,
    expires_at = excluded.expires_at
WHERE s.expires_at < coalesce(excluded.expires_at, 'infinity')
RETURNING *, created_at = now() AS begins

-- name: find_suppression
SELECT * FROM suppressions
WHERE organisation_id = $1 AND e164 = $2 AND scope = $3 AND scope_key = CASE $3 WHEN 'topic' THEN lower($4) ELSE $4 END
  AND owner_id IS NOT DISTINCT FROM coalesce($5, (SELECT owner_id FROM calls WHERE id = $6))

-- name: page_of_suppressions
SELECT * FROM suppressions
WHERE organisation_id = $1 AND ($2::text IS NULL OR e164 = $2) AND ($3::bigint IS NULL OR number < $3)
  AND ($5::text IS NULL OR owner_id = $5)
ORDER BY number DESC
LIMIT $4

-- name: suppressed
SELECT DISTINCT e164 FROM suppressions
WHERE organisation_id = $1 AND e164 = ANY($2::text[])
  AND (expires_at IS NULL OR expires_at > now())
  AND (scope = 'organisation'
       OR (scope = 'channel' AND scope_key = $3)
       OR (scope = 'campaign' AND scope_key = $4)
       OR (scope = 'topic' AND scope_key = lower($5)))

-- name: delete_suppression
DELETE FROM suppressions
WHERE organisation_id = $1 AND id = $2 AND ($3::text IS NULL OR owner_id = $3)
RETURNING *

-- name: end_texted
-- It stays, as what was wished until then.
UPDATE suppressions SET expires_at = now()
WHERE organisation_id = $1 AND e164 = $2 AND source = 'sms' AND (expires_at IS NULL OR expires_at > now())
  AND (scope = 'organisation' OR scope = 'channel' AND scope_key = 'sms')
RETURNING *
