-- name: claim_text
-- Nothing for one that is there already, see repeats.py. $5 and $6: when it was stored that may not have been answered.
INSERT INTO inbound_seen AS s (route_id, fingerprint, unit, received_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (route_id, fingerprint) DO UPDATE SET unit = excluded.unit, received_at = excluded.received_at
WHERE s.unit <> excluded.unit
  AND coalesce(NOT (s.received_at BETWEEN $5 AND $6 AND excluded.received_at < $6 + $7::interval), true)
RETURNING unit

-- name: forget_texts
DELETE FROM inbound_seen WHERE received_at < now() - $1::interval
