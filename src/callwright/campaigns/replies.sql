-- name: replies
-- $3: no recipient before this one; $4: how many. "latest_at" is of the newest attempt that was dialled.
SELECT r.campaign_id, r.id, r.position, r.to_number, r.contact_id, r.state, r.outcome, r.variables, r.call_id,
       k.number AS contact_number, k.first_name, k.last_name,
       coalesce(s.dialled, 0) AS dialled, coalesce(s.answered, false) AS answered, coalesce(s.seconds, 0) AS seconds,
       s.keys, s.latest_at, e.recipient_id IS NOT NULL AS accepted
FROM recipients r
LEFT JOIN contacts k ON k.id = r.contact_id
LEFT JOIN accepts e ON e.campaign_id = r.campaign_id AND e.recipient_id = r.id
LEFT JOIN LATERAL (
    SELECT bool_or(c.outcome = ANY($5::text[])) AS answered, sum(c.duration_seconds) AS seconds,
           (array_agg(c.dtmf_response ORDER BY c.number DESC) FILTER (WHERE c.dtmf_response IS NOT NULL))[1] AS keys,
           (SELECT count(*) FROM attempts a JOIN calls d ON d.id = a.call_id
            WHERE d.recipient_id = r.id AND a.dialing_at IS NOT NULL AND NOT a.failed_over) AS dialled,
           (SELECT max(a.dialing_at) FROM attempts a JOIN calls d ON d.id = a.call_id WHERE d.recipient_id = r.id) AS latest_at
    FROM calls c WHERE c.recipient_id = r.id
) AS s ON true
WHERE r.organisation_id = $1 AND r.campaign_id = ANY($2::text[]) AND r.id > $3
ORDER BY r.id
LIMIT $4

-- name: tallies
-- $3: outcomes that count as answered; $4: keys that decline. Attempts of calls still in the air are counted, too.
SELECT c.campaign_id,
       sum((SELECT count(*) FROM attempts a WHERE a.call_id = c.id AND a.dialing_at IS NOT NULL AND NOT a.failed_over))::bigint
           AS dialled,
       count(*) FILTER (WHERE c.outcome = ANY($3::text[])) AS answered,
       coalesce(sum(c.duration_seconds) FILTER (WHERE c.outcome = ANY($3::text[])), 0)::bigint AS seconds,
       count(*) FILTER (WHERE c.outcome <> ALL($3::text[]) AND c.attempts > 0) AS unanswered,
       count(*) FILTER (WHERE c.outcome = ANY($3::text[]) AND c.dtmf_response = ANY($4::text[])) AS declined,
       (SELECT count(*) FROM accepts e WHERE e.campaign_id = c.campaign_id) AS accepted
FROM calls c
WHERE c.organisation_id = $1 AND c.campaign_id = ANY($2::text[])
GROUP BY c.campaign_id

-- name: reply_of_call
SELECT c.campaign_id, c.to_number, c.outcome = ANY($3::text[]) AS answered, c.dtmf_response AS keys,
       k.number AS contact_number, c.variables,
       EXISTS (SELECT FROM accepts e WHERE e.campaign_id = c.campaign_id AND e.recipient_id = c.recipient_id) AS accepted
FROM calls c LEFT JOIN contacts k ON k.id = c.contact_id
WHERE c.organisation_id = $1 AND c.id = $2
