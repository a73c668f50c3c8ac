-- name: history
-- Lists on which a person stands who was not contacted yet: their calls and messages are in the history themselves.
-- $6: their numbers and addresses.
SELECT g.number, g.id, g.name, g.state AS campaign_state, r.to_number AS address, r.state, r.outcome, g.created_at,
       r.id AS recipient_id
FROM recipients r JOIN campaigns g ON g.id = r.campaign_id
WHERE r.organisation_id = $1 AND ($2::text IS NULL OR g.owner_id = $2) AND (NOT $3::boolean OR g.sandbox)
  AND ($4::bigint IS NULL OR g.number < $4)
  AND (r.contact_id = ANY($5::text[]) OR (r.contact_id IS NULL AND r.to_number = ANY($6::text[])))
  AND NOT EXISTS (SELECT FROM calls c WHERE c.recipient_id = r.id)
  AND NOT EXISTS (SELECT FROM messages m WHERE m.recipient_id = r.id)
ORDER BY g.number DESC
LIMIT $7

-- name: everything_of
SELECT to_jsonb(r) - 'lane_id' - 'organisation_id' || jsonb_build_object('campaign', g.name) AS recipient
FROM recipients r JOIN campaigns g ON g.id = r.campaign_id
WHERE r.organisation_id = $1
  AND (r.contact_id = ANY($2::text[]) OR (r.contact_id IS NULL AND r.to_number = ANY($3::text[])))
ORDER BY r.id

-- name: uploads_under_way
SELECT id FROM campaign_uploads WHERE organisation_id = $1 AND state IN ('queued', 'running') ORDER BY number

-- name: erase
-- A number stays in a list once, so a person's numbers become as many tokens. Further numbers are theirs, too.
UPDATE recipients r SET
    to_number = coalesce(t.tokens ->> r.to_number, r.to_number), other_numbers = NULL, variables = NULL,
    contact_id = NULL,
    reason = CASE WHEN r.reason IS NULL AND r.state = 'done' THEN NULL ELSE 'the person was erased' END,
    outcome = CASE WHEN r.state = 'done' THEN r.outcome ELSE 'cancelled' END,
    ended_at = coalesce(r.ended_at, now()), again_at = NULL, state = 'done'
FROM (SELECT $4::jsonb AS tokens) t
WHERE r.organisation_id = $1
  AND (r.contact_id = ANY($2::text[]) OR (r.contact_id IS NULL AND r.to_number = ANY($3::text[])))

-- name: erase_from_drafts
-- $2: the last digits of numbers, $3: addresses. A form keeps its people in 'recipients'.
UPDATE campaign_drafts d SET form = jsonb_set(d.form, '{recipients}', coalesce((
    SELECT jsonb_agg(r.value) FROM jsonb_array_elements(d.form -> 'recipients') AS r(value)
    WHERE NOT EXISTS (
        SELECT FROM unnest($2::text[]) AS n(digits)
        WHERE strpos(regexp_replace(r.value::text, '[^0-9]', '', 'g'), n.digits) > 0
    ) AND NOT EXISTS (SELECT FROM unnest($3::text[]) AS a(address) WHERE strpos(lower(r.value::text), a.address) > 0)
), '[]'))
WHERE d.organisation_id = $1 AND jsonb_typeof(d.form -> 'recipients') = 'array'
  AND (EXISTS (
      SELECT FROM unnest($2::text[]) AS n(digits)
      WHERE strpos(regexp_replace(d.form ->> 'recipients', '[^0-9]', '', 'g'), n.digits) > 0
  ) OR EXISTS (
      SELECT FROM unnest($3::text[]) AS a(address) WHERE strpos(lower(d.form ->> 'recipients'), a.address) > 0
  ))

-- name: erase_upload_errors
-- $2: the last digits of numbers, $3: addresses
UPDATE campaign_upload_errors e SET value = NULL
WHERE e.organisation_id = $1 AND e.value IS NOT NULL
  AND (EXISTS (
      SELECT FROM unnest($2::text[]) AS d(digits)
      WHERE strpos(regexp_replace(e.value, '[^0-9]', '', 'g'), d.digits) > 0
  ) OR EXISTS (SELECT FROM unnest($3::text[]) AS a(address) WHERE strpos(lower(e.value), a.address) > 0))
