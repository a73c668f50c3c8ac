-- name: begin_recording
-- A row for what an engine is about to record; the one that is there when it was begun before.
INSERT INTO recordings (id, organisation_id, call_id, attempt_id, sandbox, kind, name, step, max_seconds, node)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (attempt_id, name) DO UPDATE SET node = excluded.node
RETURNING id, pause_wanted

-- name: end_recording
-- The engine has written all of it.
UPDATE recordings SET state = CASE state WHEN 'recording' THEN 'processing' ELSE state END, seconds = $4
WHERE organisation_id = $1 AND attempt_id = $2 AND name = $3
RETURNING id

-- name: fail_recording
UPDATE recordings SET state = 'failed', reason = $4, collected = true
WHERE organisation_id = $1 AND attempt_id = $2 AND name = $3 AND state IN ('recording', 'processing')
RETURNING id, call_id, kind, step, reason

-- name: note_paused
UPDATE recordings SET paused = $3
WHERE organisation_id = $1 AND attempt_id = $2 AND kind = 'call'

-- name: pause_wanted
SELECT pause_wanted FROM recordings WHERE organisation_id = $1 AND attempt_id = $2 AND kind = 'call'

-- name: want_pause
-- Of the recording of a call that is in the air.
UPDATE recordings r SET pause_wanted = $3
FROM attempts a
WHERE r.organisation_id = $1 AND r.call_id = $2 AND r.kind = 'call' AND r.state = 'recording'
  AND a.id = r.attempt_id AND a.state <> 'ended'
RETURNING r.id, r.attempt_id, r.paused

-- name: is_paused
SELECT paused FROM recordings WHERE organisation_id = $1 AND id = $2

-- name: uncollected
-- What a node's engine has left for us: recordings that are over, and unwanted ones.
SELECT r.id, r.organisation_id, r.call_id, r.attempt_id, r.kind, r.name, r.step, r.state, r.max_seconds, a.ended_at
FROM recordings r
JOIN attempts a ON a.id = r.attempt_id
WHERE r.node = $1 AND NOT r.collected AND (r.state = 'processing' OR a.state = 'ended')
ORDER BY r.number
LIMIT 50

-- name: uncollected_attempts
SELECT DISTINCT attempt_id FROM recordings WHERE node = $1 AND NOT collected

-- name: lock_uncollected
SELECT state FROM recordings WHERE id = $1 AND NOT collected FOR UPDATE

-- name: add_piece
INSERT INTO recording_files (recording_id, ordinal, data) VALUES ($1, $2, $3)

-- name: store_recording
UPDATE recordings SET state = 'ready', collected = true, seconds = $2, channels = $3, size_bytes = $4, hash = $5,
    paused = false, ready_at = $6, transcript_state = $7
WHERE id = $1

-- name: give_up_recording
UPDATE recordings SET state = CASE state WHEN 'deleted' THEN state ELSE 'failed' END, paused = false,
    reason = coalesce(reason, $2), collected = true
WHERE id = $1
RETURNING state

-- name: give_up_lost
-- A node that is gone hands nothing over any more.
UPDATE recordings r SET state = 'failed', collected = true, paused = false,
    reason = 'node ' || r.node || ' did not hand it over within two days'
FROM attempts a
WHERE a.id = r.attempt_id AND a.state = 'ended' AND a.ended_at < $1 AND NOT r.collected
  AND r.state IN ('recording', 'processing')
RETURNING r.id, r.organisation_id, r.call_id, r.kind, r.step, r.reason

-- name: call_of_recording
SELECT c.* FROM calls c WHERE c.organisation_id = $1 AND c.id = $2

-- name: get_recording
SELECT r.*, r.ready_at + make_interval(days => o.recordings_kept_days) AS expires_at
FROM recordings r JOIN organisations o ON o.id = r.organisation_id
WHERE r.organisation_id = $1 AND r.id = $2 AND (NOT $3::boolean OR r.sandbox)

-- name: recording_of_link
-- Whose it is, the signature says.
SELECT r.*, r.ready_at + make_interval(days => o.recordings_kept_days) AS expires_at
FROM recordings r JOIN organisations o ON o.id = r.organisation_id
WHERE r.id = $1

-- name: page_of_recordings
SELECT r.*, r.ready_at + make_interval(days => o.recordings_kept_days) AS expires_at
FROM recordings r JOIN organisations o ON o.id = r.organisation_id
WHERE r.organisation_id = $1 AND (NOT $2::boolean OR r.sandbox)
  AND ($3::text IS NULL OR r.call_id = $3)
  AND ($4::text IS NULL OR r.kind = $4)
  AND CASE WHEN $5::text IS NULL THEN r.state <> 'deleted' ELSE r.state = $5 END
  AND ($6::timestamptz IS NULL OR r.created_at >= $6)
  AND ($7::timestamptz IS NULL OR r.created_at < $7)
  AND ($8::bigint IS NULL OR r.number < $8)
ORDER BY r.number DESC
LIMIT $9

-- name: recordings_of_call
SELECT r.*, r.ready_at + make_interval(days => o.recordings_kept_days) AS expires_at
FROM recordings r JOIN organisations o ON o.id = r.organisation_id
WHERE r.organisation_id = $1 AND r.call_id = $2 AND r.state <> 'deleted'
ORDER BY r.number

-- name: recordings_of_calls
SELECT r.*, r.ready_at + make_interval(days => o.recordings_kept_days) AS expires_at
FROM recordings r JOIN organisations o ON o.id = r.organisation_id
WHERE r.organisation_id = $1 AND r.call_id = ANY($2::text[]) AND r.state <> 'deleted'
ORDER BY r.number

-- name: piece
SELECT data FROM recording_files f JOIN recordings r ON r.id = f.recording_id
WHERE r.organisation_id = $1 AND r.id = $2 AND r.state = 'ready' AND f.ordinal = $3

-- name: expired
-- What its organisation does not keep any longer.
SELECT r.organisation_id, r.id FROM recordings r JOIN organisations o ON o.id = r.organisation_id
WHERE r.state = 'ready' AND r.ready_at < $1::timestamptz - make_interval(days => o.recordings_kept_days)
ORDER BY r.number
LIMIT 200

-- name: lock_recording
SELECT id, call_id, kind, step, state FROM recordings
WHERE organisation_id = $1 AND id = $2 AND (NOT $3::boolean OR sandbox)
FOR UPDATE

-- name: drop_pieces
DELETE FROM recording_files WHERE recording_id = ANY($1::text[])

-- name: delete_recording
UPDATE recordings SET state = 'deleted', reason = $2, deleted_at = $3, seconds = NULL, channels = NULL,
    size_bytes = NULL, hash = NULL, transcript = NULL, transcript_state = NULL, paused = false
WHERE id = $1

-- name: recordings_of_person
SELECT r.id, r.state, to_jsonb(r) - 'hash' - 'collected' - 'pause_wanted' AS recording
FROM recordings r JOIN calls c ON c.id = r.call_id
WHERE r.organisation_id = $1
  AND (
      c.contact_id = ANY($2::text[])
      OR (c.contact_id IS NULL AND c.direction = 'outbound' AND c.to_number = ANY($3::text[]))
      OR (c.contact_id IS NULL AND c.direction = 'inbound' AND c.from_number = ANY($3::text[]))
  )
ORDER BY r.number
FOR UPDATE OF r

-- name: pieces
SELECT data FROM recording_files WHERE recording_id = $1 ORDER BY ordinal

-- name: set_kept_days
UPDATE organisations SET recordings_kept_days = $2 WHERE id = $1

-- name: kept_days
SELECT recordings_kept_days FROM organisations WHERE id = $1

-- name: is_in_the_air
SELECT a.state <> 'ended' FROM recordings r JOIN attempts a ON a.id = r.attempt_id WHERE r.id = $1

-- name: next_transcript
SELECT r.id, r.organisation_id, r.seconds, f.body ->> 'language' AS language,
       coalesce(f.body ->> 'voice', o.voice) AS voice
FROM recordings r
JOIN calls c ON c.id = r.call_id
JOIN flows f ON f.id = c.flow_id
JOIN organisations o ON o.id = r.organisation_id
WHERE r.transcript_state = 'waiting' AND r.state = 'ready'
ORDER BY r.number
LIMIT 1

-- name: set_transcript
-- One that was deleted meanwhile has none.
UPDATE recordings SET transcript = $3, transcript_state = $4
WHERE organisation_id = $1 AND id = $2 AND state = 'ready'
