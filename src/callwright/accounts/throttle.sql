-- Across organisations: who tries to sign in is nobody yet.

-- name: count_try
-- Counts a try before its outcome is known, so that many at once are no way around the delay; the row's lock puts them
-- in a line. No row comes back while the delay of the tries before has not passed. What was long ago is forgotten.
INSERT INTO login_failures AS before (kind, subject, failures, last_at) VALUES ($1, $2, 1, $3::timestamptz)
ON CONFLICT (kind, subject) DO UPDATE SET
    failures = CASE WHEN before.last_at < $3::timestamptz - $6::interval THEN 1 ELSE before.failures + 1 END,
    last_at = $3
WHERE before.failures < $4::integer
   OR before.last_at
      + least($5::interval, interval '1 second' * power(2, least(before.failures - $4::integer, 20)))
      <= $3::timestamptz
RETURNING failures

-- name: tries
SELECT failures, last_at FROM login_failures WHERE kind = $1 AND subject = $2

-- name: forgive
DELETE FROM login_failures WHERE kind = $1 AND subject = $2

-- name: give_back
-- of an address, which others use too
UPDATE login_failures SET failures = failures - 1 WHERE kind = $1 AND subject = $2 AND failures > 0

-- name: forget_old_tries
DELETE FROM login_failures WHERE last_at < $1
