-- name: nobody_yet
-- Across organisations: the first person of the whole appliance.
SELECT NOT EXISTS (SELECT FROM users WHERE deleted_at IS NULL)

-- name: lock
-- A number of our own among advisory locks: "setup" in ASCII.
SELECT pg_advisory_xact_lock(495874405744)
