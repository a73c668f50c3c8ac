-- name: dialled_twice
-- rule 1: an ordinal of a call belongs to one attempt, and one number has one live attempt in an organisation
SELECT 'call ' || call_id || ' has ' || count(*) || ' attempts numbered ' || ordinal AS finding
FROM attempts GROUP BY call_id, ordinal HAVING count(*) > 1
UNION ALL
SELECT 'number ' || to_number || ' has ' || count(*) || ' live attempts in ' || organisation_id
FROM attempts WHERE state <> 'ended' AND direction = 'outbound'
GROUP BY organisation_id, to_number HAVING count(*) > 1
UNION ALL
SELECT 'attempts ' || a.id || ' and ' || b.id || ' rang ' || a.to_number || ' at the same time'
FROM attempts a JOIN attempts b
  ON a.organisation_id = b.organisation_id AND a.to_number = b.to_number AND a.id < b.id
 AND a.dialing_at < b.ended_at AND b.dialing_at < a.ended_at

-- name: attempts_beyond_policy
-- rule 1: without a retry policy a call is dialled once
SELECT 'call ' || call_id || ' was dialled ' || count(*) || ' times' AS finding
FROM attempts WHERE dialing_at IS NOT NULL GROUP BY call_id HAVING count(*) > 1

-- name: lost_calls
-- rule 2: a call is queued, in the air, or ended with an outcome
SELECT 'call ' || c.id || ' is ' || c.status || ' but nobody holds it' AS finding
FROM calls c
WHERE c.outcome IS NULL AND c.status <> 'queued'
  AND NOT EXISTS (SELECT FROM attempts a WHERE a.call_id = c.id AND a.state <> 'ended')
UNION ALL
SELECT 'call ' || c.id || ' has ended but attempt ' || a.id || ' is ' || a.state
FROM calls c JOIN attempts a ON a.call_id = c.id WHERE c.outcome IS NOT NULL AND a.state <> 'ended'

-- name: terminal_events
-- rule 2: an ended call has exactly one terminal event, another has none
SELECT 'call ' || c.id || ' (' || coalesce(c.outcome, 'not ended') || ') has ' || count(e.id) || ' terminal events'
       AS finding
FROM calls c
LEFT JOIN events e ON e.organisation_id = c.organisation_id AND e.subject = c.id
 AND e.type IN ('call.completed', 'call.no_answer', 'call.voicemail', 'call.failed', 'call.cancelled')
GROUP BY c.id, c.outcome
HAVING count(e.id) <> CASE WHEN c.outcome IS NULL THEN 0 ELSE 1 END

-- name: counters
-- rule 3: counters equal what is alive, and nothing is over its limit
SELECT l.kind || ' ' || l.key || ' counts ' || l.used || ' of ' || l.capacity || ' but ' || live.n || ' are alive'
       AS finding
FROM limits l
CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM attempts a
    WHERE a.state <> 'ended'
      AND CASE l.kind WHEN 'organisation' THEN a.organisation_id = l.key ELSE a.trunk_id = l.key END
) AS live
WHERE l.used <> live.n OR l.used > l.capacity

-- name: undecided
-- rule 4: a dialled attempt has a stored permission, and a call that was not made has a stored reason
SELECT 'attempt ' || a.id || ' was dialled without a stored decision' AS finding
FROM attempts a
WHERE a.dialing_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM contactability d WHERE d.attempt_id = a.id AND d.verdict = 'allowed')
UNION ALL
SELECT 'call ' || c.id || ' was skipped without a reason'
FROM calls c WHERE c.outcome IN ('skipped', 'expired') AND c.reason IS NULL

-- name: called_after_opt_out
-- rule 5: nobody is dialled after an opt-out
SELECT 'attempt ' || a.id || ' was dialled ' || (a.dialing_at - s.created_at) || ' after the opt-out of ' || s.e164
       AS finding
FROM suppressions s
JOIN attempts a ON a.organisation_id = s.organisation_id AND a.to_number = s.e164 AND a.dialing_at > s.created_at
JOIN calls c ON c.id = a.call_id
WHERE s.scope = 'organisation'
   OR (s.scope = 'channel' AND s.scope_key = 'call')
   OR (s.scope = 'campaign' AND s.scope_key = c.campaign_id)

-- name: inbound_calls
-- a call that came in has one attempt, never dialled, on a line that its organisation may use, and goes no further
SELECT 'inbound call ' || c.id || ' has ' || count(a.id) || ' attempts' AS finding
FROM calls c LEFT JOIN attempts a ON a.call_id = c.id
WHERE c.direction = 'inbound'
GROUP BY c.id HAVING count(a.id) > 1 OR count(a.id) = 0 AND c.outcome IS DISTINCT FROM 'busy'
UNION ALL
SELECT 'attempt ' || a.id || ' is ' || a.direction || ' but its call is ' || c.direction
FROM attempts a JOIN calls c ON c.id = a.call_id WHERE a.direction <> c.direction
UNION ALL
SELECT 'attempt ' || a.id || ' of an inbound call was dialled'
FROM attempts a WHERE a.direction = 'inbound' AND a.dialing_at IS NOT NULL
UNION ALL
SELECT 'inbound call ' || c.id || ' is queued to be dialled' FROM calls c
WHERE c.direction = 'inbound' AND c.status = 'queued'
UNION ALL
SELECT 'inbound call ' || a.call_id || ' came over trunk ' || t.name || ' of another organisation'
FROM attempts a JOIN trunks t ON t.id = a.trunk_id
WHERE a.direction = 'inbound' AND NOT t.shared AND t.organisation_id <> a.organisation_id
