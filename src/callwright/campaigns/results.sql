-- name: page_of_results
SELECT r.id, r.position, r.to_number, r.contact_id, r.variables, r.state, r.outcome, r.reason, r.call_id,
       r.message_id, coalesce(c.ended_at, r.ended_at) AS ended_at,
       coalesce(c.status, m.status) AS status, c.dtmf_response, c.amd_result, c.duration_seconds,
       coalesce(c.attempts, m.attempts) AS attempts,
       CASE WHEN c.price IS NOT NULL OR m.price IS NOT NULL THEN coalesce(c.price, 0) + coalesce(m.price, 0) END AS price,
       coalesce(c.currency, m.currency) AS currency, c.answered_at, m.sent_at
FROM recipients r LEFT JOIN calls c ON c.id = r.call_id LEFT JOIN messages m ON m.id = r.message_id
WHERE r.organisation_id = $1 AND r.campaign_id = $2 AND r.id > $3
ORDER BY r.id
LIMIT $4

-- name: page_of_batch_results
SELECT c.number AS id, row_number() OVER (ORDER BY c.number) + $5 AS position, c.to_number, c.contact_id, c.variables,
       CASE WHEN c.outcome IS NOT NULL THEN 'done' WHEN c.status = 'queued' THEN 'waiting' ELSE 'active' END AS state,
       c.outcome, c.reason, c.id AS call_id, NULL AS message_id, NULL::timestamptz AS sent_at, c.ended_at,
       c.status, c.dtmf_response, c.amd_result, c.duration_seconds, c.attempts, c.price, c.currency, c.answered_at
FROM calls c
WHERE c.organisation_id = $1 AND c.campaign_id = $2 AND c.number > $3
ORDER BY c.number
LIMIT $4

-- name: names_of_variables
-- Of the first people: a file has them all in every record.
SELECT DISTINCT name
FROM (SELECT variables FROM recipients WHERE campaign_id = $1 ORDER BY id LIMIT 1000) AS r,
     jsonb_object_keys(r.variables) AS k(name)
ORDER BY name

-- name: calls_of_recipient
SELECT id FROM calls WHERE organisation_id = $1 AND recipient_id = $2 ORDER BY number
