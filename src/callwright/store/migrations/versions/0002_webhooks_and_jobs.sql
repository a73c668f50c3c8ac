-- The guide's names come first in a body, and a signature is over bytes: json keeps the order that jsonb forgets.
ALTER TABLE deliveries ALTER COLUMN body TYPE json;

-- Deliveries take turns by organisation and host, so that a slow server holds up nobody else's.
ALTER TABLE deliveries ADD COLUMN host text NOT NULL
    GENERATED ALWAYS AS (coalesce(substring(lower(url) FROM '^[a-z]+://([^/?#]+)'), '')) STORED;

COMMENT ON COLUMN deliveries.next_try_at IS 'infinity: waits for an older one of its subject';
CREATE INDEX deliveries_due ON deliveries (organisation_id, host, next_try_at) WHERE state = 'pending';
CREATE INDEX deliveries_leased ON deliveries (organisation_id, host) WHERE lease_until IS NOT NULL;
