-- name: addresses_of
SELECT address, sent_at FROM campaign_report_addresses WHERE organisation_id = $1 AND campaign_id = $2 ORDER BY address

-- name: drop_addresses
-- Those who have the report stay, so that they do not get it again.
DELETE FROM campaign_report_addresses
WHERE organisation_id = $1 AND campaign_id = $2 AND sent_at IS NULL AND address <> ALL($3::text[])

-- name: add_addresses
INSERT INTO campaign_report_addresses (campaign_id, organisation_id, address)
SELECT $2, $1, a FROM unnest($3::text[]) AS a
ON CONFLICT (campaign_id, address) DO NOTHING

-- name: due_report
SELECT g.* FROM campaigns g
WHERE g.state IN ('completed', 'cancelled')
  AND EXISTS (SELECT FROM campaign_report_addresses r WHERE r.campaign_id = g.id AND r.sent_at IS NULL)
ORDER BY g.number
LIMIT 1
FOR NO KEY UPDATE OF g SKIP LOCKED

-- name: mark_sent
UPDATE campaign_report_addresses SET sent_at = now() WHERE campaign_id = $1 AND sent_at IS NULL RETURNING address
