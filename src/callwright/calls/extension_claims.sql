-- name: pick_extension_calls
-- The condition on to_number is that of an index: nearly always there are none, and that must cost nothing.
SELECT c.*
FROM unnest($1::text[], $2::integer[]) AS lane(organisation_id, free)
CROSS JOIN LATERAL (
    SELECT q.*, now() AS now, o.rate_plan_id, o.voice, o.time_zone, o.calling_from, o.calling_until,
           o.region AS home, x.username, facts.*, NULL AS contact_zone,
           EXISTS (SELECT FROM attempts a WHERE a.organisation_id = q.organisation_id AND a.to_number = q.to_number
                                                AND a.state <> 'ended' AND a.direction = 'outbound') AS in_the_air
    FROM calls q JOIN organisations o ON o.id = q.organisation_id
    CROSS JOIN LATERAL call_facts(q.organisation_id, q.to_number, q.purpose, q.campaign_id, q.topic, o.region) AS facts
    LEFT JOIN extensions x ON x.organisation_id = q.organisation_id AND 'Ext:' || x.extension = q.to_number
    WHERE q.organisation_id = lane.organisation_id AND q.status = 'queued' AND q.lane_id IS NULL AND NOT q.held
      AND q.due_at <= now()
      AND q.to_number LIKE 'Ext:%'
    ORDER BY q.priority DESC, q.due_at, q.number
    LIMIT lane.free
    FOR UPDATE OF q SKIP LOCKED
) AS c
