-- name: flow_of
SELECT body FROM flows WHERE organisation_id = $1 AND id = $2

-- name: somebody
SELECT EXISTS (SELECT FROM recipients WHERE campaign_id = $1)

-- name: somebody_fills
-- Ends at the first who does; as written first, because that needs no look at each key.
SELECT EXISTS (SELECT FROM recipients WHERE campaign_id = $1 AND variables ? $2)
    OR EXISTS (
        SELECT FROM recipients r, jsonb_object_keys(r.variables) AS k(name)
        WHERE r.campaign_id = $1 AND lower(k.name) = lower($2)
    )
