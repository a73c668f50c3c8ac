-- name: upsert_number
INSERT INTO numbers (id, organisation_id, e164, verified_by, verified_at, owner_id)
VALUES ($1, $2, $3, $4, CASE WHEN $4::text IS NULL THEN NULL ELSE $5::timestamptz END, $6)
ON CONFLICT (organisation_id, e164) DO UPDATE SET
    verified_by = coalesce(EXCLUDED.verified_by, numbers.verified_by),
    verified_at = coalesce(numbers.verified_at, EXCLUDED.verified_at),
    enabled = true
RETURNING *

-- name: page_of_numbers
SELECT * FROM numbers
WHERE organisation_id = $1 AND ($2::bigint IS NULL OR number < $2) AND ($4::text IS NULL OR owner_id = $4)
ORDER BY number DESC
LIMIT $3

-- name: set_attestation
UPDATE numbers n SET attestation = $3
FROM (SELECT id, attestation FROM numbers WHERE organisation_id = $1 AND (id = $2 OR e164 = $2) FOR UPDATE) AS old
WHERE n.id = old.id
RETURNING n.*, old.attestation AS attested_before

-- name: usable_numbers
SELECT e164 FROM numbers
WHERE organisation_id = $1 AND enabled AND verified_at IS NOT NULL
  AND ($2::text IS NULL OR owner_id IS NULL OR owner_id = $2)
ORDER BY number

-- name: insert_trunk
INSERT INTO trunks (
    id, organisation_id, name, kind, shared, host, port, transport, username, password, number_format, codecs,
    dtmf_mode, channels, calls_per_second, region, prefixes, priority, weight, options, enabled
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $17, $18, $19, $20, $21, $22)
ON CONFLICT (name) DO UPDATE SET
    shared = EXCLUDED.shared, host = EXCLUDED.host, port = EXCLUDED.port, transport = EXCLUDED.transport,
    username = EXCLUDED.username, password = EXCLUDED.password, number_format = EXCLUDED.number_format,
    codecs = EXCLUDED.codecs, dtmf_mode = EXCLUDED.dtmf_mode, channels = EXCLUDED.channels,
    calls_per_second = EXCLUDED.calls_per_second, region = EXCLUDED.region, prefixes = EXCLUDED.prefixes,
    priority = EXCLUDED.priority, weight = EXCLUDED.weight, options = EXCLUDED.options,
    enabled = EXCLUDED.enabled
WHERE $16::boolean AND trunks.organisation_id = EXCLUDED.organisation_id AND trunks.kind = EXCLUDED.kind
RETURNING *

-- name: put_trunk_limit
INSERT INTO limits (organisation_id, kind, key, capacity) VALUES ($1, 'trunk', $2, $3)
ON CONFLICT (kind, key) DO UPDATE SET capacity = EXCLUDED.capacity

-- name: trunks
SELECT * FROM trunks WHERE organisation_id = $1 OR shared ORDER BY number

-- name: all_trunks
-- Across organisations: the engine is configured with every trunk of the appliance.
SELECT * FROM trunks WHERE enabled ORDER BY number

-- name: installed_trunks
-- Across organisations: for who looks after the installation.
SELECT * FROM trunks ORDER BY number

-- name: get_trunk
-- $2: the organisation whose own and shared trunks count; none: every trunk, for who looks after the installation.
SELECT * FROM trunks WHERE id = $1 AND ($2::text IS NULL OR organisation_id = $2 OR shared)

-- name: calls_over_trunks
SELECT key, used FROM limits WHERE kind = 'trunk' AND key = ANY($1::text[])

-- name: trunk_for
SELECT * FROM trunks
WHERE enabled AND kind = $2 AND (organisation_id = $1 OR shared)
ORDER BY priority, shared, number
LIMIT 1

-- name: trunk_password
SELECT password FROM trunks WHERE id = $1

-- name: find_trunk
SELECT * FROM trunks WHERE organisation_id = $1 AND name = $2

-- name: suspended_trunks
SELECT key, state, open_until, reason FROM breakers
WHERE kind = 'trunk' AND state <> 'closed' AND key = ANY($1::text[])

-- name: disable_trunk
UPDATE trunks SET enabled = false WHERE organisation_id = $1 AND id = $2

-- name: delete_unused_trunk
DELETE FROM trunks t
WHERE t.organisation_id = $1 AND t.id = $2 AND NOT EXISTS (SELECT FROM attempts a WHERE a.trunk_id = t.id)
RETURNING t.id

-- name: delete_trunk_limit
DELETE FROM limits WHERE organisation_id = $1 AND kind = 'trunk' AND key = $2
