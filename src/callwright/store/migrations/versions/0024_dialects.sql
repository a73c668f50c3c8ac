-- What programs written for other services asked for, and webhooks in such a service's own body.

-- One request of a foreign program that made calls, messages or a campaign.
CREATE TABLE orders (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    owner_id text REFERENCES users,
    key_id text REFERENCES api_keys,
    sandbox boolean NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('emergency', 'transactional', 'marketing')),
    dialect text NOT NULL,
    -- which of the dialect's resources it is, where it has several
    kind text NOT NULL DEFAULT 'calls',
    -- the program's own name of the request
    external_id text,
    name text,
    -- SHA-256 of what was asked, to tell a repeat from another request
    fingerprint bytea,
    -- what the dialect shows again; never a secret
    asked jsonb NOT NULL DEFAULT '{}',
    ignored_fields text[] NOT NULL DEFAULT '{}',
    campaign_id text REFERENCES campaigns,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- gone for the dialect; what it made stays what it is
    deleted_at timestamptz
);
CREATE UNIQUE INDEX orders_external_id ON orders (organisation_id, dialect, sandbox, external_id)
    WHERE external_id IS NOT NULL;
CREATE INDEX orders_listed ON orders (organisation_id, number DESC);
CREATE INDEX orders_name ON orders (organisation_id, dialect, lower(name), number DESC) WHERE name IS NOT NULL;
CREATE INDEX orders_campaign ON orders (campaign_id) WHERE campaign_id IS NOT NULL;

CREATE TABLE order_items (
    order_id text NOT NULL REFERENCES orders ON DELETE CASCADE,
    -- from 0, as they were asked for
    position integer NOT NULL,
    organisation_id text NOT NULL,
    call_id text REFERENCES calls,
    message_id text REFERENCES messages,
    to_number text,
    -- why nothing was made of it, in words
    refused text,
    detail jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (order_id, position)
);
CREATE INDEX order_items_call ON order_items (call_id) WHERE call_id IS NOT NULL;
CREATE INDEX order_items_message ON order_items (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX order_items_number ON order_items (organisation_id, to_number);

ALTER TABLE deliveries
    -- whose body is sent: a dialect's name; NULL: the event's own body
    ADD COLUMN format text,
    -- what was made of it at the first try, the same for all of them
    ADD COLUMN rendered json;

-- as deliveries.format
ALTER TABLE calls ADD COLUMN webhook_format text;

-- what the organisation set for its dialects: accounts/dialects.py
ALTER TABLE organisations ADD COLUMN dialect_options jsonb NOT NULL DEFAULT '{}';
