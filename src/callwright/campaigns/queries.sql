-- name: insert_campaign
INSERT INTO campaigns (
    id, organisation_id, owner_id, key_id, sandbox, kind, name, state, purpose, priority, weight, topic, flow_id, held,
    call_template, schedule, starts_at, ends_at, max_concurrent, calls_per_second, hunt, metadata, source
) VALUES (
    $1, $2, $3, $4, $5, 'campaign', $6, 'draft', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21
)
-- with what decides when its lanes are open
RETURNING *, (SELECT row(time_zone, calling_from, calling_until) FROM organisations o WHERE o.id = $2) AS hours

-- name: change_campaign
UPDATE campaigns SET
    name = $3, purpose = $4, priority = $5, weight = $6, topic = $7, flow_id = $8, held = $9, call_template = $10,
    schedule = $11, starts_at = $12, ends_at = $13, max_concurrent = $14, calls_per_second = $15, hunt = $16,
    metadata = $17, updated_at = now()
WHERE organisation_id = $1 AND id = $2
RETURNING *

-- name: put_goal
-- A goal that comes back after it was taken away counts who accepted and who is in the air since.
INSERT INTO goals (campaign_id, organisation_id, accepts, pace, stand_by, answer, step, stand_by_message,
                   filled_message, accepted, standing_by, undecided)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9,
       (SELECT count(*) FROM accepts e WHERE e.campaign_id = $1 AND e.place = 'taken'),
       (SELECT count(*) FROM accepts e WHERE e.campaign_id = $1 AND e.place = 'stand_by'),
       (SELECT count(*) FROM recipients r JOIN attempts a ON a.call_id = r.call_id
        WHERE r.campaign_id = $1 AND r.state = 'active' AND a.undecided AND a.state <> 'ended')
ON CONFLICT (campaign_id) DO UPDATE
SET accepts = excluded.accepts, pace = excluded.pace, stand_by = excluded.stand_by, answer = excluded.answer,
    step = excluded.step, stand_by_message = excluded.stand_by_message, filled_message = excluded.filled_message

-- name: drop_goal
DELETE FROM goals WHERE organisation_id = $1 AND campaign_id = $2

-- name: goal_of
SELECT accepts, pace, stand_by, answer, step, stand_by_message, filled_message, accepted, undecided, declined, standing_by
FROM goals
WHERE organisation_id = $1 AND campaign_id = $2

-- name: set_safety
UPDATE campaigns SET abandonment_limit = $3 WHERE organisation_id = $1 AND id = $2
RETURNING *

-- name: get_campaign
SELECT * FROM campaigns
WHERE organisation_id = $1 AND id = $2 AND (NOT $3::boolean OR sandbox) AND ($4::text IS NULL OR owner_id = $4)

-- name: campaigns_among
SELECT * FROM campaigns
WHERE organisation_id = $1 AND id = ANY($2::text[]) AND (NOT $3::boolean OR sandbox) AND ($4::text IS NULL OR owner_id = $4)

-- name: lock_campaign
SELECT * FROM campaigns
WHERE organisation_id = $1 AND id = $2 AND (NOT $3::boolean OR sandbox) AND ($4::text IS NULL OR owner_id = $4)
-- nobody who adds recipients is kept waiting, and a pause does not wait for them
FOR NO KEY UPDATE

-- name: page_of_campaigns
SELECT * FROM campaigns
WHERE organisation_id = $1 AND (NOT $2::boolean OR sandbox) AND ($3::text IS NULL OR owner_id = $3)
  AND ($4::text IS NULL OR state = $4) AND ($5::text IS NULL OR kind = $5) AND ($6::text IS NULL OR name = $6)
  AND ($7::bigint IS NULL OR number < $7) AND ($8::text IS NULL OR topic = $8)
  AND ($10::timestamptz IS NULL OR created_at >= $10) AND ($11::timestamptz IS NULL OR created_at < $11)
ORDER BY number DESC
LIMIT $9

-- name: set_state
UPDATE campaigns SET
    state = $3, state_reason = $4, updated_at = now(),
    started_at = CASE WHEN $3 = 'running' THEN coalesce(started_at, now()) ELSE started_at END,
    ended_at = CASE WHEN $3 IN ('completed', 'cancelled') THEN now() END
WHERE organisation_id = $1 AND id = $2
RETURNING *

-- name: set_source
UPDATE campaigns SET source = source || $3, filling = $4, updated_at = now()
WHERE organisation_id = $1 AND id = $2
RETURNING *

-- name: delete_campaign
DELETE FROM campaigns WHERE organisation_id = $1 AND id = $2

-- name: lock_filling
-- Whoever adds recipients: their numbers become visible in the order in which they were given.
SELECT pg_advisory_xact_lock(hashtextextended('campaign ' || $1, 0))

-- name: lanes_for
WITH wanted AS (
    SELECT DISTINCT zones FROM unnest($3::text[]) AS w(zones)
), made AS (
    INSERT INTO lanes (organisation_id, campaign_id, zones)
    SELECT $1, $2, w.zones FROM wanted w
    WHERE NOT EXISTS (SELECT FROM lanes l WHERE l.campaign_id = $2 AND l.zones = w.zones)
    ON CONFLICT DO NOTHING
    RETURNING id, zones
)
SELECT id, zones, true AS is_new FROM made
UNION ALL
SELECT l.id, l.zones, false FROM lanes l WHERE l.campaign_id = $2 AND l.zones IN (SELECT zones FROM wanted)

-- name: last_position
SELECT coalesce((SELECT position FROM recipients WHERE campaign_id = $1 ORDER BY id DESC LIMIT 1), 0)

-- name: insert_recipients
-- With the lanes of a list that has none yet: $5 to $7.
WITH made AS (
    INSERT INTO lanes (organisation_id, campaign_id, zones, open_from, open_until)
    SELECT $1, $2, new.zones, new.open_from, new.open_until
    FROM unnest($5::text[], $6::timestamptz[], $7::timestamptz[]) AS new(zones, open_from, open_until)
    RETURNING id, zones
), lane AS (
    SELECT id, zones FROM made UNION ALL SELECT id, zones FROM lanes WHERE campaign_id = $2
)
INSERT INTO recipients (
    organisation_id, campaign_id, lane_id, position, contact_id, to_number, other_numbers, zone_source, variables,
    state, outcome, reason, ended_at
)
SELECT $1, $2, l.id, $3 + n.ordinal, n.contact_id, n.to_number,
       CASE WHEN n.other_numbers = '[]' THEN NULL ELSE ARRAY(SELECT jsonb_array_elements_text(n.other_numbers)) END,
       n.zone_source, n.variables,
       CASE WHEN n.outcome IS NULL THEN 'waiting' ELSE 'done' END, n.outcome, n.reason,
       CASE WHEN n.outcome IS NOT NULL THEN now() END
FROM jsonb_to_recordset($4) AS n(
    ordinal integer, to_number text, lane text, zone_source text, other_numbers jsonb, contact_id text, variables jsonb,
    outcome text, reason text
)
JOIN lane l ON l.zones = n.lane
ORDER BY n.ordinal
ON CONFLICT (campaign_id, to_number) DO NOTHING

-- name: contacts_of_numbers
-- Of several contacts with one number the one that calls take, too.
SELECT DISTINCT ON (n.e164) n.e164, n.contact_id, c.known_zone
FROM contact_numbers n JOIN contacts c ON c.id = n.contact_id
WHERE n.organisation_id = $1 AND n.e164 = ANY($2::text[])
ORDER BY n.e164, n.contact_id

-- name: has_recipients
SELECT EXISTS (SELECT FROM recipients WHERE campaign_id = $1)

-- name: counts_of
-- What was folded and what was not yet: both are read in one statement, so nothing is missed or counted twice.
SELECT campaign_id, kind, key, sum(n) AS n FROM (
    SELECT campaign_id, kind, key, n FROM campaign_counts WHERE campaign_id = ANY($1::text[])
    UNION ALL
    SELECT campaign_id, kind, key, n FROM campaign_deltas WHERE campaign_id = ANY($1::text[])
) AS all_of_it
-- abandoned calls are those of 30 days
WHERE kind NOT IN ('person', 'abandoned') OR key > to_char(now() AT TIME ZONE 'UTC' - interval '30 days', 'YYYY-MM-DD')
GROUP BY campaign_id, kind, key
HAVING sum(n) <> 0

-- name: counts_of_batches
-- Several calls that were posted together are at most ten thousand.
SELECT campaign_id, 'state' AS kind,
       CASE WHEN outcome IS NOT NULL THEN 'done' WHEN status = 'queued' AND attempts = 0 THEN 'waiting'
            WHEN status = 'queued' THEN 'again' ELSE 'active' END AS key, count(*)::numeric AS n
FROM calls WHERE campaign_id = ANY($1::text[]) GROUP BY 1, 3
UNION ALL
SELECT campaign_id, 'outcome', outcome, count(*) FROM calls
WHERE campaign_id = ANY($1::text[]) AND outcome IS NOT NULL GROUP BY 1, 3
UNION ALL
SELECT campaign_id, 'seconds', '', sum(duration_seconds) FROM calls
WHERE campaign_id = ANY($1::text[]) AND duration_seconds > 0 GROUP BY 1
UNION ALL
SELECT campaign_id, 'cost', '', sum(price) FROM calls
WHERE campaign_id = ANY($1::text[]) AND price IS NOT NULL GROUP BY 1

-- name: pace_of
-- The newest calls of a campaign tell how fast it goes.
SELECT min(created_at) AS since, max(created_at) AS until, count(*) AS calls, now() AS now
FROM (
    (SELECT created_at FROM calls WHERE campaign_id = $1 ORDER BY number DESC LIMIT $2)
    UNION ALL
    (SELECT m.created_at FROM messages m
     WHERE m.campaign_id = $1 AND m.lane_id IS NOT NULL AND NOT EXISTS (SELECT FROM calls WHERE campaign_id = $1)
     ORDER BY m.number DESC LIMIT $2)
) AS newest

-- name: first_and_last_call
-- Of a campaign that only writes, its first and last message.
SELECT coalesce(
           (SELECT created_at FROM calls WHERE campaign_id = $1 ORDER BY number LIMIT 1),
           (SELECT created_at FROM messages WHERE campaign_id = $1 AND lane_id IS NOT NULL ORDER BY number LIMIT 1)
       ) AS first_call_at,
       coalesce(
           (SELECT created_at FROM calls WHERE campaign_id = $1 ORDER BY number DESC LIMIT 1),
           (SELECT created_at FROM messages WHERE campaign_id = $1 AND lane_id IS NOT NULL ORDER BY number DESC LIMIT 1)
       ) AS last_call_at

-- name: page_of_recipients
SELECT r.*, l.zones FROM recipients r LEFT JOIN lanes l ON l.id = r.lane_id
WHERE r.campaign_id = $1 AND r.organisation_id = $2
  AND ($3::bigint IS NULL OR r.id > $3)
  -- $11: the outcome of those who still wait in a campaign that is over
  AND ($4::text IS NULL OR CASE WHEN $11::text IS NULL OR r.state NOT IN ('waiting', 'again') THEN r.state
                                ELSE 'done' END = $4)
  AND ($5::text IS NULL OR coalesce(r.outcome, CASE WHEN r.state = 'waiting' THEN $11 END) = $5)
  AND ($6::text IS NULL OR r.to_number = $6)
  AND ($7::text IS NULL OR $7 = ANY(string_to_array(l.zones, ' ')))
  AND ($8::text IS NULL OR EXISTS (SELECT FROM calls c WHERE c.id = r.call_id AND c.dtmf_response = $8))
  AND ($9::text IS NULL OR strpos(lower(r.to_number || ' ' || coalesce(r.variables::text, '')), lower($9)) > 0)
ORDER BY r.id
LIMIT $10

-- name: get_recipient
SELECT r.*, l.zones FROM recipients r LEFT JOIN lanes l ON l.id = r.lane_id
WHERE r.organisation_id = $1 AND r.campaign_id = $2 AND r.id = $3

-- name: delete_recipient
DELETE FROM recipients WHERE organisation_id = $1 AND campaign_id = $2 AND id = $3 AND state IN ('waiting', 'again')
  AND NOT EXISTS (SELECT FROM calls c WHERE c.recipient_id = recipients.id)
RETURNING id

-- name: has_called
SELECT EXISTS (SELECT FROM calls WHERE organisation_id = $1 AND campaign_id = $2)
    OR EXISTS (SELECT FROM messages WHERE organisation_id = $1 AND campaign_id = $2)

-- name: clear_recipients
DELETE FROM recipients WHERE organisation_id = $1 AND campaign_id = $2

-- name: start_now
UPDATE campaigns SET starts_at = now() WHERE organisation_id = $1 AND id = $2

-- name: zones_of_contacts
SELECT id, known_zone FROM contacts
WHERE organisation_id = $1 AND ($2::text IS NULL OR owner_id = $2) AND merged_into IS NULL AND id = ANY($3::text[])

-- name: addresses_of_contacts
SELECT DISTINCT ON (c.id) c.id, m.address
FROM contacts c JOIN contact_emails m ON m.contact_id = c.id
WHERE c.organisation_id = $1 AND ($2::text IS NULL OR c.owner_id = $2) AND c.merged_into IS NULL
  AND c.id = ANY($3::text[])
ORDER BY c.id, m.position

-- name: lanes_of_campaign
SELECT zones FROM lanes WHERE campaign_id = $1

-- name: goal_and_people
-- Counts no further than the goal.
SELECT g.accepts, (
    SELECT count(*) FROM (SELECT FROM recipients r WHERE r.campaign_id = g.campaign_id LIMIT g.accepts) AS people
) AS people
FROM goals g WHERE g.organisation_id = $1 AND g.campaign_id = $2

-- name: copy_lanes
INSERT INTO lanes (organisation_id, campaign_id, zones)
SELECT organisation_id, $2, zones FROM lanes WHERE campaign_id = $1

-- name: copy_recipients
-- Nobody of the copy was called; those whom nobody can call stay so.
INSERT INTO recipients (
    organisation_id, campaign_id, lane_id, position, contact_id, to_number, other_numbers, zone_source, variables, state,
    outcome, reason, ended_at
)
SELECT r.organisation_id, $2, mine.id, r.position, r.contact_id, r.to_number, r.other_numbers, r.zone_source, r.variables,
       CASE WHEN r.outcome = 'invalid_number' AND r.call_id IS NULL THEN 'done' ELSE 'waiting' END,
       CASE WHEN r.outcome = 'invalid_number' AND r.call_id IS NULL THEN r.outcome END,
       CASE WHEN r.outcome = 'invalid_number' AND r.call_id IS NULL THEN r.reason END,
       CASE WHEN r.outcome = 'invalid_number' AND r.call_id IS NULL THEN now() END
FROM recipients r JOIN lanes l ON l.id = r.lane_id JOIN lanes mine ON mine.campaign_id = $2 AND mine.zones = l.zones
WHERE r.campaign_id = $1
ORDER BY r.id

-- name: more_than
SELECT count(*) > $2::bigint FROM (SELECT FROM recipients WHERE campaign_id = $1 LIMIT $2::bigint + 1) AS first_ones

-- name: hang_up
-- Calls of a campaign that are in the air: they are asked to end, and which attempts those are.
WITH asked AS (
    UPDATE calls SET cancel_requested = true
    WHERE id IN (
        SELECT c.id FROM recipients r JOIN calls c ON c.id = r.call_id
        WHERE r.campaign_id = $1 AND r.state = 'active' AND c.status IN ('dialing', 'ringing', 'in_progress')
        FOR UPDATE OF c
    )
    RETURNING id
)
SELECT a.id FROM asked JOIN attempts a ON a.call_id = asked.id WHERE a.state <> 'ended'

-- name: flow_body
SELECT body FROM flows WHERE organisation_id = $1 AND id = $2

-- name: detach_lists
DELETE FROM campaign_dnc_lists WHERE organisation_id = $1 AND campaign_id = $2

-- name: attach_lists
WITH found AS (
    SELECT n.named, l.id FROM unnest($3::text[]) AS n(named)
    JOIN dnc_lists l ON l.organisation_id = $1 AND (l.id = n.named OR l.name = n.named)
), attached AS (
    INSERT INTO campaign_dnc_lists (organisation_id, campaign_id, list_id) SELECT DISTINCT $1, $2, id FROM found
    ON CONFLICT DO NOTHING
)
SELECT named FROM found
