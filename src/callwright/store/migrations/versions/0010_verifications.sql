-- Proof of a caller id, flash calls and spoken codes, number pools.

-- What a call carries for a proof. Its code is sealed with the appliance's key until the call has ended, and nowhere else.
ALTER TABLE calls ADD COLUMN sealed text;
-- hung up so many seconds after the telephone began to ring, or at once when it is answered
ALTER TABLE calls ADD COLUMN ring_only_seconds integer CHECK (ring_only_seconds BETWEEN 0 AND 60);
-- too late afterwards: a call that could only be made later ends as expired
ALTER TABLE calls ADD COLUMN not_after timestamptz;

-- Codes that somebody is to give back: whoever answers a number that shall be shown, or a person of our customer's.
CREATE TABLE verifications (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    -- the caller id that is proved; NULL: it is a person's number
    number_id text REFERENCES numbers ON DELETE CASCADE,
    key_id text REFERENCES api_keys,
    owner_id text REFERENCES users,
    sandbox boolean NOT NULL,
    to_number text NOT NULL,
    method text NOT NULL CHECK (method IN ('flash', 'spoken')),
    -- HMAC-SHA-256 of id and code with a key of the appliance's: a hash without a key would be guessed at once
    code_hash bytea NOT NULL,
    code_length smallint NOT NULL CHECK (code_length BETWEEN 4 AND 10),
    language text,
    -- 'expired' is 'pending' after expires_at
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'verified', 'failed', 'cancelled')),
    -- why it failed, in words
    reason text,
    attempts smallint NOT NULL DEFAULT 0,
    call_id text REFERENCES calls ON DELETE SET NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX verifications_listed ON verifications (organisation_id, number DESC);
CREATE INDEX verifications_made ON verifications (organisation_id, created_at);
CREATE INDEX verifications_to ON verifications (organisation_id, to_number, created_at);
CREATE INDEX verifications_of_number ON verifications (number_id, number DESC) WHERE number_id IS NOT NULL;
CREATE UNIQUE INDEX verifications_call ON verifications (call_id) WHERE call_id IS NOT NULL;

-- How many codes may be sent to people: fraud has the same destination, or very many. No row: the defaults.
CREATE TABLE verification_limits (
    organisation_id text PRIMARY KEY REFERENCES organisations,
    per_destination_hour integer NOT NULL DEFAULT 5 CHECK (per_destination_hour > 0),
    per_key_hour integer NOT NULL DEFAULT 200 CHECK (per_key_hour > 0),
    per_organisation_day integer NOT NULL DEFAULT 1000 CHECK (per_organisation_day > 0)
);
