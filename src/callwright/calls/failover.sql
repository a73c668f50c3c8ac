-- name: fail_over
-- Only when there is a trunk to go on with, and never again over one that was tried: so it ends.
UPDATE attempts a SET failed_over = true
FROM calls c, trunks old
WHERE a.id = $1 AND c.id = a.call_id AND old.id = a.trunk_id
  AND old.id <> ALL (trunks_tried(c.id, a.ordinal, '100 years'))
  AND EXISTS (
      SELECT FROM trunks t LEFT JOIN breakers b ON b.kind = 'trunk' AND b.key = t.id
      WHERE t.enabled AND t.kind = old.kind AND t.id <> old.id AND (t.shared OR t.organisation_id = c.organisation_id)
        AND t.id <> ALL (trunks_tried(c.id, a.ordinal, '100 years'))
        AND coalesce(b.state, 'closed') = 'closed'
        AND (t.prefixes = '{}' OR EXISTS (SELECT FROM unnest(t.prefixes) AS p(prefix)
                                          WHERE starts_with(c.to_number, p.prefix)))
  )
RETURNING old.name
