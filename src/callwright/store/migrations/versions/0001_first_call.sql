-- Every object that a dialect can name has a number beside its id, from one sequence.
CREATE SEQUENCE object_numbers AS bigint;

CREATE TABLE organisations (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    name text NOT NULL,
    -- IANA name; times without a zone in requests are in it
    time_zone text NOT NULL DEFAULT 'UTC',
    -- region whose national number format is accepted, ISO 3166
    region text NOT NULL DEFAULT 'US',
    voice text NOT NULL DEFAULT 'en-US-F',
    -- daily window in which people may be called, in the callee's zone; NULL only when an owner turned it off knowingly
    calling_from time DEFAULT '09:00',
    calling_until time DEFAULT '20:00',
    -- signing secret of webhooks (whsec_…), encrypted with the appliance's key
    webhook_secret bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
    id text PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    name text NOT NULL,
    -- the first characters, shown in lists so that a person knows which key it is
    prefix text NOT NULL,
    -- SHA-256 of the whole key: keys have 160 random bits, so a slow hash would add nothing
    hash bytea NOT NULL UNIQUE,
    sandbox boolean NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('emergency', 'transactional', 'marketing')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
CREATE INDEX api_keys_organisation ON api_keys (organisation_id);

CREATE TABLE trunks (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    -- name of the engine's endpoint
    name text NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9-]{0,30}$'),
    kind text NOT NULL CHECK (kind IN ('sip', 'lab')),
    -- carries calls of every organisation of this appliance
    shared boolean NOT NULL DEFAULT false,
    host text NOT NULL,
    port integer NOT NULL DEFAULT 5060 CHECK (port BETWEEN 1 AND 65535),
    transport text NOT NULL DEFAULT 'udp' CHECK (transport IN ('udp', 'tcp', 'tls')),
    username text,
    -- encrypted with the appliance's key
    password bytea,
    -- how numbers are written in the request: 'e164' +1212…, 'plain' 1212…, '00' 001212…
    number_format text NOT NULL DEFAULT 'e164' CHECK (number_format IN ('e164', 'plain', '00')),
    codecs text NOT NULL DEFAULT 'ulaw,alaw',
    dtmf_mode text NOT NULL DEFAULT 'auto_info' CHECK (dtmf_mode IN ('rfc4733', 'info', 'auto_info', 'inband')),
    channels integer NOT NULL DEFAULT 30 CHECK (channels > 0),
    calls_per_second numeric(7, 2) NOT NULL DEFAULT 10 CHECK (calls_per_second > 0),
    -- GCRA: the earliest time of the next INVITE
    next_call_at timestamptz NOT NULL DEFAULT '-infinity',
    enabled boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE numbers (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    e164 text NOT NULL,
    -- how the right to show it was proved: 'operator' (vouched for), later 'call', 'sms'
    verified_by text,
    verified_at timestamptz,
    enabled boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organisation_id, e164)
);

-- People who must not be contacted, with the scope of what they asked for.
CREATE TABLE suppressions (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    -- a number in E.164, or an e-mail address in small letters
    e164 text NOT NULL,
    scope text NOT NULL CHECK (scope IN ('organisation', 'channel', 'campaign', 'topic')),
    -- 'call', 'sms', … for scope channel; the campaign's id for scope campaign; the topic in small letters for scope
    -- topic; '' for the whole organisation
    scope_key text NOT NULL DEFAULT '',
    -- what the person did, such as 'key 9'
    evidence text NOT NULL,
    -- which way the wish came
    source text NOT NULL DEFAULT 'api'
        CHECK (source IN ('key', 'spoken', 'sms', 'email', 'link', 'api', 'import', 'operator')),
    call_id text,
    -- binds no longer after this time; NULL: for good
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organisation_id, e164, scope, scope_key)
);

-- One row a published flow; a batch of a million calls shares it.
CREATE TABLE flows (
    id text PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    -- SHA-256 of the canonical JSON
    hash bytea NOT NULL,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organisation_id, hash)
);

CREATE TABLE campaigns (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE calls (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    campaign_id text REFERENCES campaigns,
    key_id text REFERENCES api_keys,
    sandbox boolean NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('emergency', 'transactional', 'marketing')),
    to_number text NOT NULL,
    from_number text NOT NULL,
    flow_id text NOT NULL REFERENCES flows,
    variables jsonb NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    webhook_url text,
    webhook_events text[] NOT NULL DEFAULT '{}',
    ring_timeout_seconds integer NOT NULL DEFAULT 30,
    priority smallint NOT NULL DEFAULT 5 CHECK (priority BETWEEN 0 AND 9),
    -- 'queued', 'dialing', 'ringing', 'in_progress', or a final status of rules/outcomes.py
    status text NOT NULL DEFAULT 'queued',
    outcome text,
    -- not before this time; a deferral (calling hours, a busy line elsewhere) moves it
    due_at timestamptz NOT NULL DEFAULT now(),
    -- why it is deferred or was not made, in words
    reason text,
    attempts integer NOT NULL DEFAULT 0,
    cancel_requested boolean NOT NULL DEFAULT false,
    amd_result text,
    dtmf_response text,
    duration_seconds integer,
    answered_at timestamptz,
    ended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX calls_due ON calls (organisation_id, priority DESC, due_at, number) WHERE status = 'queued';
CREATE INDEX calls_listed ON calls (organisation_id, number DESC);
CREATE INDEX calls_campaign ON calls (campaign_id) WHERE campaign_id IS NOT NULL;

CREATE TABLE attempts (
    -- also the channel's id on the engine
    id text PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    call_id text NOT NULL REFERENCES calls,
    ordinal integer NOT NULL,
    to_number text NOT NULL,
    from_number text NOT NULL,
    trunk_id text REFERENCES trunks,
    state text NOT NULL DEFAULT 'claimed'
        CHECK (state IN ('claimed', 'dialing', 'ringing', 'answered', 'ended')),
    outcome text,
    -- the engine node that carries it and the epoch of the owner that dialled it
    node text,
    epoch bigint,
    lease_until timestamptz NOT NULL,
    not_before timestamptz NOT NULL DEFAULT now(),
    -- the flow machine's state at its last wait, so that a restart goes on with the call
    flow_state jsonb,
    q850_cause smallint,
    sip_status smallint,
    ended_by text,
    claimed_at timestamptz NOT NULL DEFAULT now(),
    dialing_at timestamptz,
    ringing_at timestamptz,
    answered_at timestamptz,
    ended_at timestamptz,
    UNIQUE (call_id, ordinal)
);
-- one number never rings for two attempts of an organisation at once
CREATE UNIQUE INDEX attempts_live_number ON attempts (organisation_id, to_number) WHERE state <> 'ended';
CREATE INDEX attempts_live_node ON attempts (node) WHERE state <> 'ended';

-- Why a person was, or was not, contacted: the rule, what it looked at, and the clock.
CREATE TABLE contactability (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    call_id text NOT NULL REFERENCES calls,
    attempt_id text,
    verdict text NOT NULL CHECK (verdict IN ('allowed', 'deferred', 'skipped')),
    rule text NOT NULL,
    reason text NOT NULL,
    inputs jsonb NOT NULL,
    decided_at timestamptz NOT NULL
);
CREATE INDEX contactability_call ON contactability (call_id);

-- Concurrent-call counters, taken in the claim, released at settle, recomputed by the reaper.
CREATE TABLE limits (
    organisation_id text NOT NULL REFERENCES organisations,
    kind text NOT NULL CHECK (kind IN ('organisation', 'trunk')),
    key text NOT NULL,
    used integer NOT NULL DEFAULT 0 CHECK (used >= 0),
    capacity integer NOT NULL CHECK (capacity >= 0),
    PRIMARY KEY (kind, key)
);

-- The outbox. Written in the transaction of the change; numbered per organisation after commit by one stamper.
CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    sequence bigint,
    type text NOT NULL,
    -- the call (or other object) it is about
    subject text NOT NULL,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_unstamped ON events (id) WHERE sequence IS NULL;
CREATE UNIQUE INDEX events_feed ON events (organisation_id, sequence) WHERE sequence IS NOT NULL;
CREATE INDEX events_subject ON events (organisation_id, subject, id);

CREATE TABLE event_sequences (
    organisation_id text PRIMARY KEY REFERENCES organisations,
    last bigint NOT NULL DEFAULT 0
);

-- Webhook deliveries. The oldest open one of each (url, subject) may be sent; the next waits for it.
CREATE TABLE deliveries (
    id text PRIMARY KEY,
    ordinal bigint GENERATED ALWAYS AS IDENTITY,
    organisation_id text NOT NULL REFERENCES organisations,
    url text NOT NULL,
    subject text NOT NULL,
    event_type text NOT NULL,
    body jsonb NOT NULL,
    -- names the retry ladder, see rules/webhooks.py
    policy text NOT NULL DEFAULT 'standard',
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT now(),
    -- taken by a worker until then
    lease_until timestamptz,
    response_status integer,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz
);
CREATE INDEX deliveries_open ON deliveries (organisation_id, url, subject, ordinal) WHERE state = 'pending';
CREATE INDEX deliveries_subject ON deliveries (organisation_id, subject, ordinal);

CREATE TABLE idempotency (
    organisation_id text NOT NULL REFERENCES organisations,
    key text NOT NULL,
    -- SHA-256 of method, path and body: the same key with another request is a mistake
    request_hash bytea NOT NULL,
    status integer NOT NULL,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- Engine nodes and who owns them: a stale epoch changes nothing.
CREATE TABLE nodes (
    organisation_id text NOT NULL REFERENCES organisations,
    name text PRIMARY KEY,
    epoch bigint NOT NULL DEFAULT 0,
    seen_at timestamptz
);
