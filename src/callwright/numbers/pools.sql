-- name: page_of_pools
SELECT p.*, ARRAY(
    SELECT jsonb_build_object('number_id', n.id, 'e164', n.e164, 'usable', n.enabled AND n.verified_at IS NOT NULL)
    FROM number_pool_members m JOIN numbers n ON n.id = m.number_id WHERE m.pool_id = p.id ORDER BY m.place
) AS numbers
FROM number_pools p
WHERE p.organisation_id = $1 AND ($2::text IS NULL OR p.owner_id = $2)
  AND ($3::bigint IS NULL OR p.number < $3) AND ($5::text IS NULL OR p.id = $5)
ORDER BY p.number DESC
LIMIT $4

-- name: insert_pool
INSERT INTO number_pools (id, organisation_id, owner_id, name, choice) VALUES ($1, $2, $3, $4, $5)

-- name: lock_pool
SELECT id FROM number_pools
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND id = $3
FOR UPDATE

-- name: change_pool
UPDATE number_pools SET name = coalesce($3, name), choice = coalesce($4, choice)
WHERE organisation_id = $1 AND id = $2

-- name: delete_pool
DELETE FROM number_pools
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND id = $3
RETURNING name

-- name: numbers_among
SELECT id, e164 FROM numbers
WHERE organisation_id = $1 AND enabled AND verified_at IS NOT NULL
  AND ($2::text IS NULL OR owner_id IS NULL OR owner_id = $2)
  AND (id = ANY($3::text[]) OR e164 = ANY($3::text[]))

-- name: drop_members
DELETE FROM number_pool_members WHERE organisation_id = $1 AND pool_id = $2 AND number_id <> ALL($3::text[])

-- name: put_members
INSERT INTO number_pool_members (organisation_id, pool_id, number_id, place)
SELECT $1, $2, n.id, n.place FROM unnest($3::text[]) WITH ORDINALITY AS n(id, place)
ON CONFLICT (pool_id, number_id) DO UPDATE SET place = excluded.place

-- name: pools_named
-- An organisation's pools serve everybody in it; a subuser takes its own numbers and the organisation's from them.
SELECT p.id, p.name, EXISTS (
    SELECT FROM number_pool_members m JOIN numbers n ON n.id = m.number_id
    WHERE m.pool_id = p.id AND n.enabled AND n.verified_at IS NOT NULL
      AND ($2::text IS NULL OR n.owner_id IS NULL OR n.owner_id = $2)
) AS usable
FROM number_pools p
WHERE p.organisation_id = $1 AND ($2::text IS NULL OR p.owner_id IS NULL OR p.owner_id = $2)
  AND (p.id = ANY($3::text[]) OR p.name = ANY($3::text[]))

-- name: lock_pools
SELECT id, choice, turn FROM number_pools
WHERE organisation_id = $1 AND id = ANY($2::text[])
ORDER BY id
FOR UPDATE

-- name: read_pools
SELECT id, choice, turn FROM number_pools WHERE organisation_id = $1 AND id = ANY($2::text[])

-- name: members_of_pools
SELECT m.pool_id, n.e164, m.last_turn
FROM number_pool_members m JOIN numbers n ON n.id = m.number_id
WHERE m.organisation_id = $1 AND m.pool_id = ANY($3::text[]) AND n.enabled AND n.verified_at IS NOT NULL
  AND ($2::text IS NULL OR n.owner_id IS NULL OR n.owner_id = $2)
ORDER BY m.pool_id, m.place

-- name: keep_turn
UPDATE number_pools SET turn = $3 WHERE organisation_id = $1 AND id = $2

-- name: keep_turns
UPDATE number_pool_members m SET last_turn = t.turn
FROM unnest($3::text[], $4::bigint[]) AS t(e164, turn), numbers n
WHERE m.organisation_id = $1 AND m.pool_id = $2 AND n.id = m.number_id AND n.e164 = t.e164
