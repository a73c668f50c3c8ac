-- name: queued
SELECT count(*) FROM calls WHERE status = 'queued'

-- name: lock_queued
SELECT * FROM calls WHERE status = 'queued' ORDER BY number FOR UPDATE

-- name: tables
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
