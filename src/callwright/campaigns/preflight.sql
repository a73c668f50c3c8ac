-- name: reasons
-- Why people who wait would not be called now, each by the first reason that the decision before the call gives, too
-- (rules/contactability.py). A join for each reason, so that a million people are a few seconds.
-- $1 organisation, $2 campaign, $3 purpose, $4 topic, $5 nobody is asked for consent (lab), $6 channel: of a campaign
-- that calls and writes, the call
WITH waiting AS MATERIALIZED (
    SELECT r.id, r.lane_id, r.to_number FROM recipients r
    WHERE r.campaign_id = $2 AND r.state IN ('waiting', 'again')
), people AS (
    SELECT id, to_number FROM waiting WHERE to_number NOT LIKE 'Ext:%'
), agreed AS (
    SELECT DISTINCT ON (n.address) n.address, n.state, n.expires_at
    FROM consents n
    WHERE n.organisation_id = $1 AND n.channel = $6 AND n.purpose = $3 AND NOT $5
      AND n.address IN (SELECT to_number FROM people)
    ORDER BY n.address, n.given_at DESC, n.state DESC, n.number DESC
), reasons AS (
    SELECT p.id, 1 AS rank, 'opted_out' AS why
    FROM people p JOIN suppressions s ON s.organisation_id = $1 AND s.e164 = p.to_number
    WHERE (s.expires_at IS NULL OR s.expires_at > now())
      AND (s.scope = 'organisation' OR (s.scope = 'channel' AND s.scope_key = $6)
           OR (s.scope = 'campaign' AND s.scope_key = $2) OR (s.scope = 'topic' AND s.scope_key = lower($4)))
    UNION ALL
    SELECT p.id, 2, 'do_not_call'
    FROM dnc_lists l
    JOIN dnc_entries e ON e.generation = l.generation
    JOIN people p ON p.to_number = e.e164
    WHERE l.organisation_id = $1 AND (l.binds = 'all' OR $3 = 'marketing')
      AND (l.everywhere OR EXISTS (SELECT FROM campaign_dnc_lists a WHERE a.campaign_id = $2 AND a.list_id = l.id))
      AND (e.expires_at IS NULL OR e.expires_at > now())
    UNION ALL
    SELECT p.id, 3, 'consent_withdrawn' FROM people p JOIN agreed a ON a.address = p.to_number
    WHERE a.state = 'withdrawn'
    UNION ALL
    SELECT p.id, 4, 'no_consent' FROM people p LEFT JOIN agreed a ON a.address = p.to_number
    WHERE $3 = 'marketing' AND NOT $5
      AND coalesce((SELECT m.marketing_needs_consent FROM call_limits m WHERE m.organisation_id = $1), true)
      AND (a.address IS NULL OR a.expires_at <= now())
    UNION ALL
    SELECT w.id, 5, 'never_open' FROM waiting w JOIN lanes l ON l.id = w.lane_id WHERE l.open_from IS NULL AND l.open_until > now()
)
SELECT why, count(*) AS people
FROM (SELECT DISTINCT ON (id) id, why FROM reasons ORDER BY id, rank) AS first
GROUP BY why

-- name: people_by_lane
SELECT l.zones, count(*) AS people FROM recipients r JOIN lanes l ON l.id = r.lane_id
WHERE r.campaign_id = $1 AND r.state IN ('waiting', 'again') GROUP BY l.zones

-- name: left_out
-- Of those who were refused when the list was filled in.
SELECT outcome, count(*) AS people FROM recipients
WHERE campaign_id = $1 AND state = 'done' AND call_id IS NULL GROUP BY outcome

-- name: unfilled
SELECT count(*) FROM recipients r
WHERE r.campaign_id = $1 AND r.state IN ('waiting', 'again')
  AND NOT coalesce(r.variables ? $2, false)
  AND NOT EXISTS (SELECT FROM jsonb_object_keys(r.variables) AS k(name) WHERE lower(k.name) = lower($2))

-- name: first_people
SELECT r.*, l.zones FROM recipients r LEFT JOIN lanes l ON l.id = r.lane_id
WHERE r.campaign_id = $1 AND r.state IN ('waiting', 'again')
ORDER BY r.id LIMIT $2

-- name: spread_numbers
-- Some of the numbers, from all parts of the list.
SELECT to_number FROM recipients
WHERE campaign_id = $1 AND state IN ('waiting', 'again') AND to_number NOT LIKE 'Ext:%'
  AND position % greatest($2, 1) = 0
LIMIT $3

-- name: spread_people
-- Some of the people, from all parts of the list, with what is theirs of the text.
SELECT to_number, variables,
       EXISTS (SELECT FROM contact_emails m WHERE m.contact_id = recipients.contact_id) AS has_email
FROM recipients
WHERE campaign_id = $1 AND state IN ('waiting', 'again') AND to_number NOT LIKE 'Ext:%'
  AND position % greatest($2, 1) = 0
LIMIT $3

-- name: routes_rate
-- Messages, of texts their parts, that all routes of the organisation let go in a second.
SELECT coalesce(sum(r.per_second), 0)::float8 FROM routes r
WHERE r.enabled AND (r.shared OR r.organisation_id = $1) AND (r.kind = 'lab') = $2 AND r.channel = $3

-- name: hours
SELECT min(open_from) AS opens, bool_and(open_from IS NULL) AS never FROM lanes WHERE campaign_id = $1

-- name: room
-- What the organisation and its lines can carry at once, and how many calls a second.
SELECT coalesce((SELECT l.capacity FROM limits l WHERE l.kind = 'organisation' AND l.key = $1), 0) AS organisation,
       coalesce(sum(t.channels), 0) AS channels, coalesce(sum(t.calls_per_second), 0)::float8 AS calls_per_second
FROM trunks t
WHERE t.enabled AND (t.shared OR t.organisation_id = $1) AND t.kind = CASE WHEN $2 THEN 'lab' ELSE 'sip' END

-- name: flow
SELECT body FROM flows WHERE organisation_id = $1 AND id = $2
