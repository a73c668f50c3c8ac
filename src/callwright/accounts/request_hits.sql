-- name: acquire
-- One statement, so that two processes cannot both take the last place.
INSERT INTO request_hits AS r (key, hits)
SELECT $1, array_fill(clock_timestamp(), ARRAY[$4::integer]) WHERE $4::integer <= $2::integer
ON CONFLICT (key) DO UPDATE SET
    hits = ARRAY(SELECT h FROM unnest(r.hits) AS h WHERE h > clock_timestamp() - $3::interval) || excluded.hits
WHERE (SELECT count(*) FROM unnest(r.hits) AS h WHERE h > clock_timestamp() - $3::interval) + $4::integer <= $2::integer
RETURNING true

-- name: window
SELECT coalesce(extract(epoch FROM min(h)), 0)::float8 AS oldest, count(h)::integer AS taken
FROM request_hits r CROSS JOIN unnest(r.hits) AS h
WHERE r.key = $1 AND h > clock_timestamp() - $2::interval

-- name: forget
DELETE FROM request_hits WHERE key = $1

-- name: forget_all
TRUNCATE request_hits

-- name: forget_old
-- Every window is shorter than an hour.
DELETE FROM request_hits WHERE NOT EXISTS (
    SELECT FROM unnest(hits) AS h WHERE h > clock_timestamp() - interval '1 hour'
)
