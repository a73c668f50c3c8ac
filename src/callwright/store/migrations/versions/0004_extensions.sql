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

-- Calls to extensions take no trunk, so they are claimed on their own.
CREATE INDEX calls_due_extension ON calls (organisation_id, priority DESC, due_at, number)
    WHERE status = 'queued' AND to_number LIKE 'Ext:%';

-- Second legs: whom a call was transferred to. Each holds a call of the organisation, and of its trunk, while it lives.
CREATE TABLE transfers (
    -- also the channel's id on the engine
    id text PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    call_id text NOT NULL REFERENCES calls,
    attempt_id text NOT NULL REFERENCES attempts,
    -- E.164, 'Ext:1000' or 'sip:user@domain'
    destination text NOT NULL,
    trunk_id text REFERENCES trunks,
    state text NOT NULL DEFAULT 'dialing' CHECK (state IN ('dialing', 'connected', 'ended')),
    q850_cause smallint,
    sip_status smallint,
    started_at timestamptz NOT NULL DEFAULT now(),
    connected_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX transfers_live ON transfers (organisation_id) WHERE state <> 'ended';
CREATE INDEX transfers_attempt ON transfers (attempt_id);
