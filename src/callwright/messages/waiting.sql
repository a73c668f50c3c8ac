-- name: tell_routeless
-- Messages that are due and that no enabled route carries: they say so. One that every address can go over ends the
-- question for a whole organisation, so that those who are well are not looked at one by one. $1 reason, $2 most.
WITH routeless AS (
    SELECT w.id
    FROM organisations o
    CROSS JOIN (VALUES ('sms'), ('email')) AS c(channel)
    CROSS JOIN (VALUES (false), (true)) AS s(sandbox)
    CROSS JOIN LATERAL (
        SELECT m.id FROM messages m
        WHERE m.organisation_id = o.id AND m.channel = c.channel AND m.sandbox = s.sandbox AND m.status = 'queued'
          AND NOT m.held AND m.due_at <= now() AND m.reason IS DISTINCT FROM $1
          AND NOT EXISTS (
              SELECT FROM routes r
              WHERE r.enabled AND r.channel = c.channel AND (r.shared OR r.organisation_id = o.id)
                AND (r.kind = 'lab') = s.sandbox
                AND (r.prefixes = '{}' OR CASE c.channel
                    WHEN 'email' THEN split_part(m.to_address, '@', 2) = ANY(r.prefixes)
                    ELSE EXISTS (SELECT FROM unnest(r.prefixes) AS x(prefix) WHERE starts_with(m.to_address, x.prefix))
                END)
          )
        LIMIT $2
    ) AS w
    WHERE NOT EXISTS (
        SELECT FROM routes r
        WHERE r.enabled AND r.channel = c.channel AND (r.shared OR r.organisation_id = o.id)
          AND (r.kind = 'lab') = s.sandbox AND r.prefixes = '{}'
    )
    LIMIT $2
)
UPDATE messages m SET reason = $1
WHERE m.id IN (SELECT q.id FROM messages q JOIN routeless USING (id) WHERE q.status = 'queued' FOR UPDATE OF q SKIP LOCKED)
