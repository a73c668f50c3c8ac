-- name: insert_pictures
INSERT INTO inbound_pictures (organisation_id, message_id, ordinal, url)
SELECT $1, $2, u.ordinal, u.url FROM unnest($3::text[]) WITH ORDINALITY AS u(url, ordinal)

-- name: due_pictures
-- Whoever takes one has some minutes for it; then it is another's.
UPDATE inbound_pictures p SET attempts = p.attempts + 1, due_at = now() + interval '5 minutes'
WHERE (p.message_id, p.ordinal) IN (
    SELECT q.message_id, q.ordinal FROM inbound_pictures q WHERE q.state = 'waiting' AND q.due_at <= now()
    ORDER BY q.due_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
RETURNING p.message_id, p.ordinal, p.url, p.attempts

-- name: keep_picture
-- One whose person was erased meanwhile is gone.
UPDATE inbound_pictures SET state = 'kept', content_type = $3, octets = $4, reason = NULL
WHERE message_id = $1 AND ordinal = $2 AND state = 'waiting'

-- name: picture_failed
UPDATE inbound_pictures SET
    reason = $3, state = CASE WHEN $4::interval IS NULL THEN 'failed' ELSE state END,
    due_at = CASE WHEN $4::interval IS NULL THEN due_at ELSE now() + $4::interval END
WHERE message_id = $1 AND ordinal = $2 AND state = 'waiting'

-- name: pictures_of
SELECT message_id, ordinal, state, content_type, octet_length(octets) AS size, reason
FROM inbound_pictures WHERE organisation_id = $1 AND message_id = ANY($2::text[])
ORDER BY message_id, ordinal

-- name: picture
-- Across organisations: the signature of the link says whose.
SELECT content_type, octets FROM inbound_pictures WHERE message_id = $1 AND ordinal = $2 AND state = 'kept'
