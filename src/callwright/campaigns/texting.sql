-- Campaigns that write to their recipients. Like those that call, they are offered only in their hours.

-- name: campaigns_to_text
SELECT g.organisation_id, g.id
FROM campaigns g JOIN limits m ON m.kind = 'campaign' AND m.key = g.id
WHERE g.kind = 'campaign' AND g.state = 'running' AND NOT g.held
  AND g.call_template ? 'channels' AND NOT g.call_template -> 'channels' ? 'call'
  AND m.next_call_at <= now()
  AND EXISTS (
      SELECT FROM lanes l
      WHERE l.campaign_id = g.id AND l.open_from <= $1 AND $1 < l.open_until
        AND (EXISTS (SELECT FROM recipients r
                     WHERE r.lane_id = l.id AND r.state = 'waiting' AND r.id >= l.next_recipient)
             OR EXISTS (SELECT FROM recipients r
                        WHERE r.lane_id = l.id AND r.state = 'again' AND r.again_at <= $1))
  )
ORDER BY g.priority DESC, g.number
LIMIT 50

-- name: hold_to_text
-- One that is being changed, or that another sender feeds, is passed over. $2 messages may wait for their routes.
SELECT g.*, m.calls_per_second::float8 AS rate,
       least(
           $2 - (SELECT count(*) FROM (SELECT FROM messages q WHERE q.campaign_id = g.id AND q.status = 'queued' LIMIT $2) AS w),
           CASE WHEN m.calls_per_second IS NOT NULL THEN greatest(1, floor(m.calls_per_second))::bigint END
       ) AS room
FROM campaigns g JOIN limits m ON m.kind = 'campaign' AND m.key = g.id
WHERE g.id = $1 AND g.state = 'running' AND NOT g.held AND m.next_call_at <= now()
FOR UPDATE OF g SKIP LOCKED

-- name: take_to_text
SELECT l.id AS lane_id, due.*
FROM (
    SELECT l.id, l.next_recipient FROM lanes l
    WHERE l.campaign_id = $1 AND l.open_from <= $3 AND $3 < l.open_until
    ORDER BY l.open_until, l.id
) AS l
CROSS JOIN LATERAL (
    (SELECT r.id AS recipient_id, r.to_number, r.contact_id, r.variables FROM recipients r
     WHERE r.lane_id = l.id AND r.state = 'again' AND r.again_at <= $3
     ORDER BY r.again_at, r.id
     LIMIT $2)
    UNION ALL
    (SELECT r.id, r.to_number, r.contact_id, r.variables FROM recipients r
     WHERE r.lane_id = l.id AND r.state = 'waiting' AND r.id >= l.next_recipient
     ORDER BY r.id
     LIMIT $2)
) AS due
LIMIT $2

-- name: organisation
SELECT * FROM organisations WHERE id = $1

-- name: mark_texted
-- One without a message cannot be written to.
UPDATE recipients r SET
    state = CASE WHEN n.message_id IS NULL THEN 'done' ELSE 'active' END, message_id = n.message_id, call_id = NULL,
    again_at = NULL, outcome = CASE WHEN n.message_id IS NULL THEN 'failed' ELSE r.outcome END,
    reason = CASE WHEN n.message_id IS NULL THEN 'no message can be written to this recipient' ELSE r.reason END,
    ended_at = CASE WHEN n.message_id IS NULL THEN now() ELSE r.ended_at END
FROM unnest($1::bigint[], $2::text[]) AS n(id, message_id)
WHERE r.id = n.id

-- name: name_texts
-- Of a campaign that calls and writes: the text beside the call.
UPDATE recipients r SET message_id = n.message_id
FROM unnest($1::bigint[], $2::text[]) AS n(id, message_id) WHERE r.id = n.id

-- name: first_addresses
SELECT DISTINCT ON (m.contact_id) m.contact_id, m.address
FROM contacts k JOIN contact_emails m ON m.contact_id = k.id
WHERE k.organisation_id = $1 AND k.id = ANY($2::text[])
ORDER BY m.contact_id, m.position

-- name: advance_lanes
UPDATE lanes l SET next_recipient = coalesce((
    SELECT r.id FROM recipients r
    WHERE r.lane_id = l.id AND r.state = 'waiting' AND r.id >= l.next_recipient
    ORDER BY r.id
    LIMIT 1
), greatest(l.next_recipient, (SELECT max(r.id) + 1 FROM recipients r WHERE r.lane_id = l.id)))
WHERE l.id = ANY($1::bigint[])

-- name: count_texts
UPDATE limits SET next_call_at = greatest(next_call_at, now()) + make_interval(secs => $2)
WHERE kind = 'campaign' AND key = $1 AND $2 > 0
