-- name: has_campaign
SELECT EXISTS (
    SELECT FROM campaigns WHERE organisation_id = $1 AND id = $2 AND ($3::text IS NULL OR owner_id = $3)
)

-- name: facts_of
-- Of any channel: the wishes are the channel's, the limits are those of calls.
SELECT w.*, c.allowed_countries, c.calls_per_person, c.per_person_hours, c.recent_calls, c.oldest_recent_call
FROM contact_facts($1, $2, $3, $4, $5, $6) AS w
CROSS JOIN call_facts($1, $2, $4, $5, $6, $7) AS c
