-- Softphones that register with the engine and are called as Ext:1000.
CREATE TABLE extensions (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    extension text NOT NULL CHECK (extension ~ '^[0-9]{2,6}$'),
    -- what the person behind it is called, shown on other telephones
    name text NOT NULL,
    -- name of the engine's endpoint and of the registration: one namespace over all organisations
    username text NOT NULL UNIQUE CHECK (username ~ '^ext-[a-z0-9]{4,40}$'),
    -- encrypted with the appliance's key
    password bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organisation_id, extension)
);
