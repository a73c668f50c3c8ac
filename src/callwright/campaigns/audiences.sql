-- name: people
-- Of these contacts what a call may say of them, and further numbers.
SELECT c.*, ARRAY(
    SELECT n.e164 FROM contact_numbers n WHERE n.contact_id = c.id AND n.position > 0 ORDER BY n.position LIMIT 5
) AS others
FROM contacts c WHERE c.organisation_id = $1 AND c.id = ANY($2::text[])

-- name: move_on
-- Nothing, when another process filled this page in, or the campaign is over.
UPDATE campaigns SET source = source || $4, filling = $5
WHERE organisation_id = $1 AND id = $2 AND source ->> '_after' = $3 AND state NOT IN ('completed', 'cancelled')
RETURNING *

-- name: campaign_to_fill
SELECT g.*, o.time_zone AS organisation_zone,
       CASE WHEN l.organisation_id IS NULL THEN ARRAY[o.region] ELSE l.allowed_countries END AS allowed_countries
FROM campaigns g JOIN organisations o ON o.id = g.organisation_id
LEFT JOIN call_limits l ON l.organisation_id = o.id
WHERE g.id = $1 AND g.source ? '_after'

-- name: stop_filling
UPDATE campaigns SET filling = false, source = source - '_after' WHERE id = $1
