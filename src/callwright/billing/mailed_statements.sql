-- name: addresses_of
SELECT address, through FROM statement_addresses WHERE organisation_id = $1 ORDER BY address

-- name: keep_only
DELETE FROM statement_addresses WHERE organisation_id = $1 AND address <> ALL($2::text[])

-- name: add_addresses
-- The first one that they get is that of the month that runs now.
INSERT INTO statement_addresses (organisation_id, address, through)
SELECT o.id, a, (date_trunc('month', now() AT TIME ZONE o.time_zone) - interval '1 month')::date
FROM organisations o, unnest($2::text[]) AS a
WHERE o.id = $1
ON CONFLICT (organisation_id, address) DO NOTHING

-- name: due
-- One organisation whose month is over, on its own clock, with the month that its people do not have yet.
SELECT a.organisation_id, o.name, o.time_zone, (a.through + interval '1 month')::date AS month
FROM statement_addresses a JOIN organisations o ON o.id = a.organisation_id
WHERE a.through + interval '2 months' <= date_trunc('month', now() AT TIME ZONE o.time_zone)
ORDER BY a.through, a.organisation_id
LIMIT 1
FOR UPDATE OF a SKIP LOCKED

-- name: mark
UPDATE statement_addresses SET through = $2 WHERE organisation_id = $1 AND through < $2 RETURNING address
