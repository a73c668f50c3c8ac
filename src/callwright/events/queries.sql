-- Statements of the event outbox. Rows without a sequence are not yet numbered and are shown to nobody.

-- name: append_event
INSERT INTO events (organisation_id, type, subject, body, owner_id) VALUES ($1, $2, $3, $4, $5)

-- name: append_events
INSERT INTO events (organisation_id, type, subject, body, owner_id)
SELECT organisation_id, type, subject, body, owner_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::text[])
    WITH ORDINALITY AS new (organisation_id, type, subject, body, owner_id, place)
ORDER BY place

-- name: stamp
-- Across organisations: the one stamper serves all of them. The counter row is moved and the events are numbered in
-- one statement, so a crash leaves no gap.
WITH batch AS (
    SELECT id, organisation_id FROM events WHERE sequence IS NULL ORDER BY id LIMIT $1
), counted AS (
    SELECT organisation_id, count(*) AS size FROM batch GROUP BY organisation_id
), moved AS (
    INSERT INTO event_sequences AS counter (organisation_id, last)
    SELECT organisation_id, size FROM counted
    ON CONFLICT (organisation_id) DO UPDATE SET last = counter.last + excluded.last
    RETURNING organisation_id, last
), numbered AS (
    SELECT batch.id,
           moved.last - counted.size
               + row_number() OVER (PARTITION BY batch.organisation_id ORDER BY batch.id) AS sequence
    FROM batch JOIN counted USING (organisation_id) JOIN moved USING (organisation_id)
)
-- events of calls have many writers, some of them in other statements: their owner is found here, once for all
UPDATE events SET
    sequence = numbered.sequence,
    owner_id = coalesce(owner_id, (SELECT c.owner_id FROM calls c WHERE c.id = events.subject))
FROM numbered WHERE events.id = numbered.id
RETURNING events.organisation_id, events.subject

-- name: events_of_subject
SELECT id, sequence, type, subject, body, created_at FROM events
WHERE organisation_id = $1 AND subject = $2 AND sequence > $3
ORDER BY sequence LIMIT $4

-- name: events_of_organisation
SELECT id, sequence, type, subject, body, created_at FROM events
WHERE organisation_id = $1 AND sequence > $2 AND ($4::text IS NULL OR owner_id = $4)
ORDER BY sequence LIMIT $3

-- name: enqueue_delivery
-- Behind an open delivery of the same subject a new one waits ('infinity') until that one is done. The lock on the
-- youngest open one makes whoever finishes it wait for our commit, and so see the new row.
WITH before AS (
    SELECT id FROM deliveries
    WHERE organisation_id = $2 AND url = $3 AND subject = $4 AND state = 'pending'
    ORDER BY ordinal DESC LIMIT 1
    FOR SHARE
)
INSERT INTO deliveries (id, organisation_id, url, subject, event_type, body, policy, format, owner_id, next_try_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $9, coalesce($8, (SELECT owner_id FROM calls WHERE id = $4)), CASE WHEN EXISTS (SELECT FROM before) THEN 'infinity' ELSE now() END

-- name: record_impossible_delivery
INSERT INTO deliveries (id, organisation_id, url, subject, event_type, body, policy, owner_id, state, error, format)
VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, (SELECT owner_id FROM calls WHERE id = $4)), 'failed', $9, $10)

-- name: claim_deliveries
-- Across organisations: the worker serves all of them, each (organisation, host) in its turn. The lanes are found by
-- hopping through the index from one to the next, so the cost grows with lanes, not with a dead server's backlog.
WITH RECURSIVE lanes AS (
    (
        SELECT organisation_id, host FROM deliveries WHERE state = 'pending'
        ORDER BY organisation_id, host LIMIT 1
    )
    UNION ALL
    SELECT following.organisation_id, following.host
    FROM lanes CROSS JOIN LATERAL (
        SELECT organisation_id, host FROM deliveries
        WHERE state = 'pending' AND (organisation_id, host) > (lanes.organisation_id, lanes.host)
        ORDER BY organisation_id, host LIMIT 1
    ) AS following
), due AS (
    SELECT head.id
    FROM lanes CROSS JOIN LATERAL (
        SELECT id, next_try_at FROM deliveries AS candidate
        WHERE candidate.state = 'pending'
            AND candidate.organisation_id = lanes.organisation_id AND candidate.host = lanes.host
            AND candidate.next_try_at <= now()
            AND NOT EXISTS (
                SELECT FROM deliveries AS older
                WHERE older.state = 'pending' AND older.organisation_id = candidate.organisation_id
                    AND older.url = candidate.url AND older.subject = candidate.subject
                    AND older.ordinal < candidate.ordinal
            )
        ORDER BY candidate.next_try_at
        LIMIT greatest(0, $2 - (
            SELECT count(*) FROM deliveries AS sending
            WHERE sending.lease_until IS NOT NULL AND sending.lease_until > now()
                AND sending.organisation_id = lanes.organisation_id AND sending.host = lanes.host
        ))
        FOR UPDATE SKIP LOCKED
    ) AS head
    ORDER BY head.next_try_at LIMIT $1
)
UPDATE deliveries
SET tries = tries + 1, lease_until = now() + $3::interval, next_try_at = now() + $3::interval
FROM due WHERE deliveries.id = due.id
RETURNING deliveries.id, organisation_id, url, subject, event_type, body, policy, tries, format, rendered

-- name: keep_rendered
-- The same bytes go out at every try, whoever makes it.
UPDATE deliveries SET rendered = coalesce(rendered, $2) WHERE id = $1 RETURNING rendered

-- name: finish_delivery
-- tries tells our claim from a later one, made after our lease ran out
UPDATE deliveries
SET state = $3, response_status = $4, error = $5, lease_until = NULL,
    delivered_at = CASE WHEN $3 = 'delivered' THEN now() END
WHERE id = $1 AND tries = $2 AND state = 'pending'
RETURNING organisation_id, url, subject

-- name: promote_delivery
-- A statement of its own after finish_delivery: it has to see rows committed while that one waited for a lock.
UPDATE deliveries SET next_try_at = now()
WHERE next_try_at = 'infinity' AND id = (
    SELECT id FROM deliveries
    WHERE organisation_id = $1 AND url = $2 AND subject = $3 AND state = 'pending'
    ORDER BY ordinal LIMIT 1
)

-- name: postpone_delivery
UPDATE deliveries
SET next_try_at = now() + $3::interval, response_status = $4, error = $5, lease_until = NULL
WHERE id = $1 AND tries = $2 AND state = 'pending'

-- name: give_back_deliveries
-- of a worker that stops: another may take them at once, and the broken-off try does not count
UPDATE deliveries SET next_try_at = now(), lease_until = NULL, tries = tries - 1
WHERE state = 'pending' AND (id, tries) IN (SELECT * FROM unnest($1::text[], $2::integer[]))

-- name: promote_forgotten_deliveries
-- Across organisations, for the sweeper: whoever waits for nobody is due.
UPDATE deliveries AS forgotten SET next_try_at = now()
WHERE state = 'pending' AND next_try_at = 'infinity' AND NOT EXISTS (
    SELECT FROM deliveries AS older
    WHERE older.state = 'pending' AND older.organisation_id = forgotten.organisation_id
        AND older.url = forgotten.url AND older.subject = forgotten.subject
        AND older.ordinal < forgotten.ordinal
)

-- name: deliveries_of_subject
SELECT id, ordinal AS number, organisation_id, url, subject, event_type, coalesce(rendered, body) AS body, state, tries,
    nullif(next_try_at, 'infinity') AS next_try_at, response_status, error, created_at, delivered_at
FROM deliveries WHERE organisation_id = $1 AND subject = $2 ORDER BY ordinal

-- name: last_deliveries
-- The youngest of each subject among some types of events.
SELECT DISTINCT ON (subject) subject, state, tries FROM deliveries
WHERE organisation_id = $1 AND subject = ANY($2::text[]) AND event_type = ANY($3::text[])
ORDER BY subject, ordinal DESC

-- name: get_delivery
SELECT id, ordinal AS number, organisation_id, url, subject, event_type, coalesce(rendered, body) AS body, state, tries,
    nullif(next_try_at, 'infinity') AS next_try_at, response_status, error, created_at, delivered_at
FROM deliveries WHERE organisation_id = $1 AND id = $2 AND ($3::text IS NULL OR owner_id = $3)

-- name: page_of_deliveries
-- A sandbox key ($9) knows of no live call.
SELECT id, ordinal AS number, organisation_id, url, subject, event_type, coalesce(rendered, body) AS body, state, tries,
    nullif(next_try_at, 'infinity') AS next_try_at, response_status, error, created_at, delivered_at
FROM deliveries
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND ($4::bigint IS NULL OR ordinal < $4)
    AND ($5::text IS NULL OR state = $5) AND ($6::text IS NULL OR event_type = $6)
    AND ($7::text IS NULL OR starts_with(url, $7)) AND ($8::text IS NULL OR subject = $8)
    AND (NOT $9::boolean OR EXISTS (SELECT FROM calls c WHERE c.id = subject AND c.sandbox))
ORDER BY ordinal DESC LIMIT $3

-- name: replay_deliveries
-- Those that are named, or without names those that failed; the oldest first, so that their order stays. The rest is
-- as in replay_delivery.
UPDATE deliveries
SET state = 'pending', tries = 0, next_try_at = now(), lease_until = NULL, response_status = NULL, error = NULL,
    delivered_at = NULL
WHERE organisation_id = $1 AND (state <> 'pending' OR lease_until IS NULL OR lease_until < now()) AND id IN (
    SELECT d.id FROM deliveries d
    WHERE d.organisation_id = $1 AND ($2::text IS NULL OR d.owner_id = $2)
        AND CASE WHEN $4::text[] IS NULL THEN d.state = 'failed' ELSE d.id = ANY($4) END
        AND ($5::text IS NULL OR d.event_type = $5) AND ($6::text IS NULL OR starts_with(d.url, $6))
        AND (NOT $7::boolean OR EXISTS (SELECT FROM calls c WHERE c.id = d.subject AND c.sandbox))
    ORDER BY d.ordinal LIMIT $3
)
RETURNING id

-- name: replay_delivery
-- one that is being sent at this moment is left alone
UPDATE deliveries
SET state = 'pending', tries = 0, next_try_at = now(), lease_until = NULL, response_status = NULL, error = NULL,
    delivered_at = NULL
WHERE organisation_id = $1 AND id = $2 AND ($3::text IS NULL OR owner_id = $3)
    AND (state <> 'pending' OR lease_until IS NULL OR lease_until < now())
