-- Who gets each month's statement of an organisation.
CREATE TABLE statement_addresses (
    organisation_id text NOT NULL REFERENCES organisations ON DELETE CASCADE,
    address text NOT NULL,
    -- the first day of the last month whose statement they have, or need not have
    through date NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, address)
);
