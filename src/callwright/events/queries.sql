-- Statements of the event outbox. Rows without a sequence are not yet numbered and are shown to nobody.

-- name: append_event
INSERT INTO events (organisation_id, type, subject, body) VALUES ($1, $2, $3, $4)

-- name: append_events
INSERT INTO events (organisation_id, type, subject, body)
SELECT organisation_id, type, subject, body
FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[])
    WITH ORDINALITY AS new (organisation_id, type, subject, body, place)
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
UPDATE events SET sequence = numbered.sequence
FROM numbered WHERE events.id = numbered.id
RETURNING events.organisation_id, events.subject

-- name: events_of_subject
SELECT id, sequence, type, subject, body, created_at FROM events
WHERE organisation_id = $1 AND subject = $2 AND sequence > $3
ORDER BY sequence LIMIT $4

-- name: events_of_organisation
SELECT id, sequence, type, subject, body, created_at FROM events
WHERE organisation_id = $1 AND sequence > $2
ORDER BY sequence LIMIT $3
