-- name: insert_list
INSERT INTO dnc_lists (id, organisation_id, owner_id, name, kind, binds, everywhere, expires_after_days)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (organisation_id, name) DO NOTHING
RETURNING *

-- name: page_of_lists
SELECT * FROM dnc_lists
WHERE organisation_id = $1 AND ($2::bigint IS NULL OR number < $2)
ORDER BY number DESC
LIMIT $3

-- name: get_list
SELECT * FROM dnc_lists WHERE organisation_id = $1 AND (id = $2 OR name = $2)

-- name: lock_list
SELECT * FROM dnc_lists WHERE organisation_id = $1 AND id = $2 FOR UPDATE

-- name: count_entries
SELECT count(*) FROM dnc_lists l JOIN dnc_entries e ON e.generation = l.generation
WHERE l.organisation_id = $1 AND l.id = $2 AND (e.expires_at IS NULL OR e.expires_at > now())

-- name: page_of_entries
SELECT e.e164, e.expires_at FROM dnc_lists l JOIN dnc_entries e ON e.generation = l.generation
WHERE l.organisation_id = $1 AND l.id = $2
  AND (e.expires_at IS NULL OR e.expires_at > now())
  AND ($3::text IS NULL OR e.e164 = $3) AND ($4::text IS NULL OR e.e164 > $4)
ORDER BY e.e164
LIMIT $5

-- name: add_entries
-- Entering a number again may bind it longer, never shorter.
WITH given AS (SELECT DISTINCT unnest($2::text[]) AS e164)
INSERT INTO dnc_entries AS e (generation, e164, expires_at)
SELECT $1, g.e164, $3 FROM given g
ON CONFLICT (generation, e164) DO UPDATE SET expires_at = excluded.expires_at
WHERE e.expires_at < coalesce(excluded.expires_at, 'infinity')
RETURNING e.e164

-- name: remove_entry
DELETE FROM dnc_entries WHERE generation = $1 AND e164 = $2 RETURNING e164

-- name: delete_list
DELETE FROM dnc_lists WHERE organisation_id = $1 AND id = $2

-- name: delete_generation
DELETE FROM dnc_entries WHERE generation = $1

-- name: no_time_limit
-- For this transaction: a million numbers take longer than the limit that other statements have.
SET LOCAL statement_timeout = 0

-- name: make_waiting_room
CREATE TEMPORARY TABLE dnc_import (e164 text NOT NULL) ON COMMIT DROP

-- name: next_generation
-- The numbers of before are still this list's for everybody else until the commit.
UPDATE dnc_lists SET generation = DEFAULT WHERE organisation_id = $1 AND id = $2 RETURNING generation

-- name: take_in
WITH taken AS (
    INSERT INTO dnc_entries AS e (generation, e164, expires_at)
    SELECT DISTINCT $1::bigint, i.e164, $2::timestamptz FROM dnc_import i
    ON CONFLICT (generation, e164) DO UPDATE SET expires_at = excluded.expires_at
    WHERE e.expires_at < coalesce(excluded.expires_at, 'infinity')
    RETURNING xmax = 0 AS is_new
)
SELECT count(*) FILTER (WHERE is_new) FROM taken

-- name: mark_imported
UPDATE dnc_lists SET imported_at = now() WHERE organisation_id = $1 AND id = $2

-- name: analyse
ANALYZE dnc_entries
