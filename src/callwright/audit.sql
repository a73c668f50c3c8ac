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
-- rule 1: without a retry policy a call is dialled once, with one not oftener than it allows, never after its end
SELECT 'call ' || c.id || ' was dialled ' || d.times || ' times, ' || p.allowed || ' are allowed' AS finding
FROM (
    SELECT call_id, count(*) AS times FROM attempts
    -- what a trunk failed before anything rang went on over another one
    WHERE dialing_at IS NOT NULL AND NOT failed_over
    GROUP BY call_id HAVING count(*) > 1
) AS d
JOIN calls c ON c.id = d.call_id
CROSS JOIN LATERAL (
    SELECT 1 + coalesce((SELECT sum((r.value ->> 'count')::integer) FROM jsonb_each(c.retry) AS r), 0)
             + coalesce((c.retry_incomplete ->> 'count')::integer, 0) AS allowed
) AS p
WHERE d.times > p.allowed
UNION ALL
SELECT 'attempt ' || d.attempt_id || ' was allowed after the end of its call'
FROM contactability d JOIN calls c ON c.id = d.call_id
WHERE d.verdict = 'allowed' AND d.decided_at > c.not_after

-- name: failed_over_twice
-- rule 1: a call goes over each trunk once before it has told something of the callee, and nothing rang there
SELECT 'attempt ' || a.id || ' failed over although it rang' AS finding
FROM attempts a WHERE a.failed_over AND (a.ringing_at IS NOT NULL OR a.answered_at IS NOT NULL OR NOT a.trunk_fault)
UNION ALL
SELECT 'call ' || a.call_id || ' was tried over trunk ' || a.trunk_id || ' again: attempts ' || a.ordinal || ' and ' || b.ordinal
FROM attempts a JOIN attempts b ON b.call_id = a.call_id AND b.trunk_id = a.trunk_id AND b.ordinal > a.ordinal
WHERE a.failed_over AND b.failed_over
  AND NOT EXISTS (
      SELECT FROM attempts m
      WHERE m.call_id = a.call_id AND m.ordinal > a.ordinal AND m.ordinal < b.ordinal AND NOT m.failed_over
  )

-- name: goals
-- rule 3: who has a place and who may still get one are never more than a campaign wants; counters are what is there
SELECT 'goal of ' || g.campaign_id || ' counts ' || g.accepted || ' accepted, ' || g.standing_by || ' standing by and '
       || g.undecided || ' undecided of ' || g.accepts || ', there are ' || really.accepted || ', '
       || really.standing_by || ' and ' || really.undecided AS finding
FROM goals g
CROSS JOIN LATERAL (
    SELECT (SELECT count(*) FROM accepts e WHERE e.campaign_id = g.campaign_id AND e.place = 'taken') AS accepted,
           (SELECT count(*) FROM accepts e WHERE e.campaign_id = g.campaign_id AND e.place = 'stand_by') AS standing_by,
           (SELECT count(*) FROM attempts a JOIN calls c ON c.id = a.call_id
            WHERE a.undecided AND a.state <> 'ended' AND c.campaign_id = g.campaign_id) AS undecided
) AS really
WHERE (g.accepted, g.standing_by, g.undecided) <> (really.accepted, really.standing_by, really.undecided)
   OR g.pace = 'exact' AND g.accepted + g.undecided > g.accepts
   OR g.accepted > g.accepts OR g.standing_by > g.stand_by

-- name: hunts
-- rule 3: of a hunt one person is in the air, the next one after them
SELECT 'hunt ' || c.id || ' has ' || count(*) || ' attempts in the air' AS finding
FROM campaigns c JOIN calls k ON k.campaign_id = c.id JOIN attempts a ON a.call_id = k.id
WHERE c.hunt AND a.state <> 'ended'
GROUP BY c.id HAVING count(*) > 1
UNION ALL
SELECT 'attempts ' || a.id || ' and ' || b.id || ' of hunt ' || c.id || ' were in the air at the same time'
FROM campaigns c
JOIN calls k ON k.campaign_id = c.id JOIN attempts a ON a.call_id = k.id
JOIN calls l ON l.campaign_id = c.id JOIN attempts b ON b.call_id = l.id
WHERE c.hunt AND a.id < b.id AND a.dialing_at < b.ended_at AND b.dialing_at < a.ended_at

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
    SELECT count(*) AS n FROM (
        SELECT a.organisation_id, a.trunk_id, CASE WHEN c.lane_id IS NOT NULL THEN c.campaign_id END AS campaign_id
        FROM attempts a JOIN calls c ON c.id = a.call_id WHERE a.state <> 'ended'
        UNION ALL
        SELECT organisation_id, trunk_id, NULL FROM transfers WHERE state <> 'ended'
    ) AS leg
    WHERE CASE l.kind WHEN 'organisation' THEN leg.organisation_id = l.key WHEN 'trunk' THEN leg.trunk_id = l.key
                      ELSE leg.campaign_id = l.key END
) AS live
WHERE l.used <> live.n OR l.used > l.capacity

-- name: stray_transfers
-- a second leg lives with its call
SELECT 'transfer ' || t.id || ' is ' || t.state || ' but its attempt has ended' AS finding
FROM transfers t JOIN attempts a ON a.id = t.attempt_id WHERE t.state <> 'ended' AND a.state = 'ended'

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
WHERE (s.expires_at IS NULL OR s.expires_at > a.dialing_at)
  AND (s.scope = 'organisation'
       OR (s.scope = 'channel' AND s.scope_key = 'call')
       OR (s.scope = 'campaign' AND s.scope_key = c.campaign_id)
       OR (s.scope = 'topic' AND s.scope_key = lower(c.topic)))

-- name: called_after_withdrawal
-- rule 5, of consents: nobody is dialled for a purpose after withdrawing the consent to it, unless they agreed again
SELECT 'attempt ' || a.id || ' was dialled although ' || w.address || ' had withdrawn the consent to ' || w.purpose
       AS finding
FROM consents w
JOIN attempts a ON a.organisation_id = w.organisation_id AND a.to_number = w.address AND a.dialing_at > w.created_at
JOIN calls c ON c.id = a.call_id AND c.purpose = w.purpose AND NOT c.sandbox
WHERE w.channel = 'call' AND w.state = 'withdrawn'
  AND NOT EXISTS (
      SELECT FROM consents n
      WHERE n.organisation_id = w.organisation_id AND n.address = w.address AND n.channel = w.channel
        AND n.purpose = w.purpose AND n.state = 'given' AND n.given_at > w.given_at AND n.created_at <= a.dialing_at
  )

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

-- name: ledger
-- money: every transaction sums to zero, and so do all of a currency
SELECT 'ledger transaction ' || t.id || ' sums to ' || coalesce(sum(e.amount)::text, 'nothing') AS finding
FROM ledger_transactions t LEFT JOIN ledger_entries e ON e.transaction_id = t.id
GROUP BY t.id HAVING coalesce(sum(e.amount), 1) <> 0
UNION ALL
SELECT 'the ledger of ' || b.currency || ' sums to ' || sum(e.amount)
FROM ledger_entries e JOIN balances b USING (organisation_id) GROUP BY b.currency HAVING sum(e.amount) <> 0

-- name: balances
-- money: balances are what the ledger sums to, and nobody spent what was not there
SELECT 'balance of ' || b.organisation_id || ' is ' || b.prepaid || ' and ' || b.reserved || ' held, the ledger says '
       || l.prepaid || ' and ' || l.reserved AS finding
FROM balances b CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount) FILTER (WHERE account = 'prepaid'), 0) AS prepaid,
           coalesce(sum(amount) FILTER (WHERE account = 'reserved'), 0) AS reserved
    FROM ledger_entries e WHERE e.organisation_id = b.organisation_id
) AS l
WHERE b.prepaid <> l.prepaid OR b.reserved <> l.reserved OR b.prepaid < 0 OR b.reserved < 0

-- name: holds
-- money: what is held is held for something
SELECT 'of ' || b.organisation_id || ' ' || b.reserved || ' are held, its contacts hold ' || h.held AS finding
FROM balances b CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.held), 0) AS held FROM charges c
    WHERE c.organisation_id = b.organisation_id AND c.charged IS NULL
) AS h
WHERE b.reserved <> h.held

-- name: leaked_holds
-- money: nothing is held for a call that does not live
SELECT 'attempt ' || c.subject || ' holds ' || c.held || ' but does not live' AS finding
FROM charges c
WHERE c.charged IS NULL AND c.channel IN ('call', 'inbound')
  AND NOT EXISTS (SELECT FROM attempts a WHERE a.id = c.subject AND a.state <> 'ended')
  AND NOT EXISTS (SELECT FROM transfers t WHERE t.id = c.subject AND t.state <> 'ended')

-- name: spending
-- money: what budgets are compared with is what was charged or is held
SELECT 'spending of ' || coalesce(s.organisation_id, c.organisation_id) || ', ' || coalesce(s.period, c.period) || ', is '
       || coalesce(s.used, 0) || ', its charges are ' || coalesce(c.used, 0) AS finding
FROM spending s
FULL JOIN (
    SELECT organisation_id, p.period, sum(coalesce(charged, held)) AS used
    FROM charges CROSS JOIN LATERAL (VALUES
        ('day ' || to_char(day, 'YYYY-MM-DD')), ('month ' || to_char(day, 'YYYY-MM')), ('total'), ('campaign ' || campaign_id)
    ) AS p(period)
    WHERE p.period IS NOT NULL
    GROUP BY organisation_id, p.period
) AS c USING (organisation_id, period)
WHERE coalesce(s.used, 0) <> coalesce(c.used, 0)

-- name: recipients
-- campaigns: a recipient is active exactly while its call is, one that is done has an outcome, and who is called twice
-- is called by the policy of one call
SELECT 'recipient ' || r.id || ' is ' || r.state || ' but its call ' || coalesce(r.call_id, 'none') || ' is '
       || coalesce(c.status, 'missing') AS finding
FROM recipients r LEFT JOIN calls c ON c.id = r.call_id
WHERE r.state = 'active' AND (c.id IS NULL OR c.outcome IS NOT NULL)
  AND NOT EXISTS (SELECT FROM messages m
                  WHERE m.id = r.message_id AND r.call_id IS NULL AND m.status IN ('queued', 'sending'))
UNION ALL
SELECT 'call ' || c.id || ' is ' || c.status || ' but its recipient ' || c.recipient_id || ' is '
       || coalesce(r.state, 'missing')
FROM calls c LEFT JOIN recipients r ON r.id = c.recipient_id AND r.call_id = c.id
WHERE c.recipient_id IS NOT NULL AND c.outcome IS NULL AND r.state IS DISTINCT FROM 'active'
UNION ALL
SELECT 'recipient ' || r.id || ' is done without an outcome' FROM recipients r
WHERE r.state = 'done' AND r.outcome IS NULL
UNION ALL
SELECT 'recipient ' || recipient_id || ' has ' || count(*) || ' calls to ' || to_number || ' at once'
FROM calls WHERE recipient_id IS NOT NULL AND outcome IS NULL
GROUP BY recipient_id, to_number HAVING count(*) > 1
UNION ALL
SELECT 'recipient ' || r.id || ' waits behind the cursor of lane ' || l.id
FROM recipients r JOIN lanes l ON l.id = r.lane_id WHERE r.state = 'waiting' AND r.id < l.next_recipient

-- name: campaign_counts
-- campaigns: what is shown is what there is
SELECT 'campaign ' || coalesce(s.campaign_id, t.campaign_id) || ' shows ' || coalesce(s.n, 0) || ' recipients '
       || coalesce(s.key, t.key) || ' (' || coalesce(s.kind, t.kind) || '), there are ' || coalesce(t.n, 0) AS finding
FROM (
    SELECT campaign_id, kind, key, sum(n) AS n FROM (
        SELECT campaign_id, kind, key, n FROM campaign_counts
        UNION ALL
        SELECT campaign_id, kind, key, n FROM campaign_deltas
    ) AS each
    WHERE kind IN ('state', 'outcome')
    GROUP BY campaign_id, kind, key
) AS s
FULL JOIN (
    SELECT campaign_id, 'state' AS kind, state AS key, count(*) AS n FROM recipients GROUP BY campaign_id, state
    UNION ALL
    SELECT campaign_id, 'outcome', outcome, count(*) FROM recipients WHERE state = 'done' GROUP BY campaign_id, outcome
) AS t USING (campaign_id, kind, key)
WHERE coalesce(s.n, 0) <> coalesce(t.n, 0)

-- name: called_outside_campaign_hours
-- rule 3: nobody is dialled before a campaign's start or after its end
SELECT 'attempt ' || a.id || ' of campaign ' || g.id || ' was decided at ' || d.decided_at || ', outside of its time'
       AS finding
FROM contactability d
JOIN attempts a ON a.id = d.attempt_id
JOIN calls c ON c.id = a.call_id AND c.lane_id IS NOT NULL
JOIN campaigns g ON g.id = c.campaign_id
WHERE d.verdict = 'allowed' AND a.dialing_at IS NOT NULL AND d.decided_at >= g.ends_at

-- name: lost_messages
-- messages: what left has a route that carried it, and what waits has no end
SELECT 'message ' || m.id || ' is ' || m.status || ' but has no route' AS finding
FROM messages m WHERE m.direction = 'outbound' AND m.status IN ('sending', 'sent', 'delivered', 'unknown')
  AND m.route_id IS NULL
UNION ALL
SELECT 'message ' || m.id || ' is queued but ended at ' || m.ended_at FROM messages m
WHERE m.status = 'queued' AND m.ended_at IS NOT NULL

-- name: message_ends
-- messages: what ended well or badly is told exactly once; one that turned out to be sent after all is told twice
SELECT 'message ' || m.id || ' (' || m.status || ') has ' || count(e.id) || ' events of its end' AS finding
FROM messages m
LEFT JOIN events e ON e.organisation_id = m.organisation_id AND e.subject = m.id
 AND e.type IN (m.channel || '.delivered', m.channel || '.failed', m.channel || '.cancelled')
WHERE m.direction = 'outbound'
GROUP BY m.id, m.status
HAVING (m.status IN ('queued', 'sending') AND count(e.id) > 1)
    OR (m.status IN ('delivered', 'failed', 'undelivered', 'expired', 'cancelled', 'skipped') AND count(e.id) NOT IN (1, 2))

-- name: leaked_message_holds
-- money: nothing is held for a message that is not being sent
SELECT 'message ' || split_part(c.subject, '/', 1) || ' holds ' || c.held || ' but is not being sent' AS finding
FROM charges c
WHERE c.charged IS NULL AND c.channel IN ('sms', 'mms', 'email')
  AND NOT EXISTS (SELECT FROM messages m WHERE m.id = split_part(c.subject, '/', 1) AND m.status = 'sending')
