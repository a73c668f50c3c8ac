-- Who gets each month's statement of an organisation.
CREATE TABLE statement_addresses (
    organisation_id text NOT NULL REFERENCES organisations ON DELETE CASCADE,
    address text NOT NULL,
    -- the first day of the last month whose statement they have, or need not have
    through date NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, address)
);

-- Texts of one part that routes brought lately, by what tells one from another: messages/repeats.py.
CREATE TABLE inbound_seen (
    route_id text NOT NULL REFERENCES routes ON DELETE CASCADE,
    -- of sender, recipient, content, and what the centre calls it
    fingerprint bytea NOT NULL,
    -- the unit of the protocol that brought it
    unit text NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (route_id, fingerprint)
);
CREATE INDEX inbound_seen_received ON inbound_seen (received_at);

-- Pictures of inbound texts: fetched from the provider, which keeps them for a while, and served by us afterwards.
CREATE TABLE inbound_pictures (
    organisation_id text NOT NULL REFERENCES organisations,
    message_id text NOT NULL REFERENCES messages ON DELETE CASCADE,
    -- its place in messages.media, from 1
    ordinal smallint NOT NULL,
    url text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'kept', 'failed')),
    content_type text,
    octets bytea,
    -- why it is not kept
    reason text,
    attempts smallint NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, ordinal),
    CHECK ((state = 'kept') = (octets IS NOT NULL AND content_type IS NOT NULL))
);
ALTER TABLE inbound_pictures ALTER COLUMN octets SET STORAGE EXTERNAL;
CREATE INDEX inbound_pictures_due ON inbound_pictures (due_at) WHERE state = 'waiting';
