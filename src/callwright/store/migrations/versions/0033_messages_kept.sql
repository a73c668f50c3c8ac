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
