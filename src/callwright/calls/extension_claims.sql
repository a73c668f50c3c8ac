-- name: pick_extension_calls
-- The condition on to_number is that of an index: nearly always there are none, and that must cost nothing.
SELECT c.*
FROM unnest($1::text[], $2::integer[]) AS lane(organisation_id, free)
CROSS JOIN LATERAL (
    SELECT q.*, now() AS now, o.voice, o.time_zone, o.calling_from, o.calling_until, x.username,
           (SELECT s.scope || ':' || s.scope_key || ' ' || s.evidence FROM suppressions s
            WHERE s.organisation_id = q.organisation_id AND s.e164 = q.to_number
              AND (s.scope = 'organisation' OR (s.scope = 'channel' AND s.scope_key = 'call')
                   OR (s.scope = 'campaign' AND s.scope_key = q.campaign_id))
            LIMIT 1) AS suppression
    FROM calls q JOIN organisations o ON o.id = q.organisation_id
    LEFT JOIN extensions x ON x.organisation_id = q.organisation_id AND 'Ext:' || x.extension = q.to_number
    WHERE q.organisation_id = lane.organisation_id AND q.status = 'queued' AND q.due_at <= now()
      AND q.to_number LIKE 'Ext:%'
    ORDER BY q.priority DESC, q.due_at, q.number
    LIMIT lane.free
    FOR UPDATE OF q SKIP LOCKED
) AS c
