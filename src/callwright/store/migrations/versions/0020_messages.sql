-- Text messages and emails: see docs/decisions/0010-messages.md.

-- What carries messages.
CREATE TABLE routes (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    -- carries messages of every organisation of this appliance
    shared boolean NOT NULL DEFAULT false,
    channel text NOT NULL CHECK (channel IN ('sms', 'email')),
    kind text NOT NULL CHECK (kind IN ('smpp', 'http', 'smtp', 'lab')),
    name text NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9-]{0,30}$'),
    -- of the kind: hosts, system types, templates, …
    options jsonb NOT NULL DEFAULT '{}',
    -- passwords and tokens, sealed with the appliance's key
    secrets bytea,
    -- E.164 prefixes or domains; none: all
    prefixes text[] NOT NULL DEFAULT '{}',
    priority integer NOT NULL DEFAULT 0,
    weight real NOT NULL DEFAULT 1 CHECK (weight > 0),
    -- GCRA: messages (parts, of SMS) per second, and the earliest time of the next one
    per_second numeric(9, 2) NOT NULL DEFAULT 10 CHECK (per_second > 0),
    next_at timestamptz NOT NULL DEFAULT '-infinity',
    enabled boolean NOT NULL DEFAULT true,
    -- the sender (message_senders) that keeps its connections
    owner_id text,
    -- what it says of its connections, for people
    state jsonb NOT NULL DEFAULT '{}',
    -- not used until then, and why
    suspended_until timestamptz,
    suspended_reason text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX routes_of ON routes (organisation_id);

-- Processes that send. What one of them was sending when it was last seen is unknown after seen_until.
CREATE TABLE message_senders (
    id text PRIMARY KEY,
    node text NOT NULL,
    seen_until timestamptz NOT NULL
);

-- Who messages come from: a number or a name of SMS, an address of emails.
CREATE TABLE senders (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    owner_id text REFERENCES users,
    channel text NOT NULL CHECK (channel IN ('sms', 'email')),
    -- E.164, a short code, up to 11 letters and digits, or an address in small letters
    address text NOT NULL,
    name text,
    -- how the right to use it was proved: 'operator', 'number' (a verified caller id), 'code', 'dkim'
    verified_by text,
    verified_at timestamptz,
    -- of email: domain, selector, and the private key, sealed
    dkim_domain text,
    dkim_selector text,
    dkim_key bytea,
    is_default boolean NOT NULL DEFAULT false,
    -- what inbound texts to it start: a flow's id by keyword, and where they are forwarded
    inbound jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organisation_id, channel, address)
);

-- Named texts that people reuse.
CREATE TABLE templates (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    owner_id text REFERENCES users,
    channel text NOT NULL CHECK (channel IN ('call', 'sms', 'email')),
    name text NOT NULL,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organisation_id, channel, name)
);

-- One row for everything that is said alike; a batch of a million messages shares it.
CREATE TABLE message_contents (
    id text PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    -- SHA-256 of the canonical JSON
    hash bytea NOT NULL,
    -- sms: text, media; email: subject, text, html, attachments, headers
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organisation_id, hash)
);
-- Approvals that what is said waits for.
CREATE TABLE content_approvals (
    organisation_id text NOT NULL REFERENCES organisations,
    content_id text NOT NULL REFERENCES message_contents ON DELETE CASCADE,
    approval_id text NOT NULL REFERENCES approvals ON DELETE CASCADE,
    PRIMARY KEY (content_id, approval_id)
);
CREATE INDEX content_approvals_of ON content_approvals (approval_id);

-- What it names without a reference is never deleted, or (campaigns' recipients) outlived on purpose; its number is
-- unique by its sequence. Each index is written to several times in a message's life.
CREATE TABLE messages (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers'),
    organisation_id text NOT NULL REFERENCES organisations,
    owner_id text REFERENCES users,
    key_id text REFERENCES api_keys,
    channel text NOT NULL CHECK (channel IN ('sms', 'email')),
    direction text NOT NULL DEFAULT 'outbound' CHECK (direction IN ('outbound', 'inbound')),
    sandbox boolean NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('emergency', 'transactional', 'marketing')),
    topic text CHECK (length(topic) <= 60),
    campaign_id text REFERENCES campaigns,
    recipient_id bigint,
    lane_id bigint,
    -- the call whose flow, or whose end, sent it
    call_id text REFERENCES calls,
    contact_id text,
    conversation_id text,
    to_address text NOT NULL,
    from_address text NOT NULL,
    content_id text,
    variables jsonb,
    -- of an SMS: what is sent, after variables and replacements; of what was received: what it said
    text text,
    encoding text CHECK (encoding IN ('gsm7', 'gsm7-turkish', 'gsm7-spanish', 'gsm7-portuguese', 'ucs2')),
    parts smallint,
    media jsonb,
    metadata jsonb NOT NULL DEFAULT '{}',
    webhook_url text,
    webhook_events text[] NOT NULL DEFAULT '{}',
    priority smallint NOT NULL DEFAULT 5 CHECK (priority BETWEEN 0 AND 9),
    status text NOT NULL DEFAULT 'queued' CHECK (status IN (
        'queued', 'sending', 'sent', 'delivered', 'failed', 'undelivered', 'expired', 'cancelled', 'skipped', 'unknown',
        'received'
    )),
    reason text,
    -- what the provider said: an SMPP or SMTP status, an error code
    provider_status text,
    due_at timestamptz NOT NULL DEFAULT now(),
    not_after timestamptz,
    -- waits for an approval
    held boolean NOT NULL DEFAULT false,
    attempts integer NOT NULL DEFAULT 0,
    route_id text,
    -- which of message_senders has it
    sender_id text,
    -- what becomes of it when nobody knows whether it went out: 'leave' it, or send it 'again' at the risk of a second copy
    if_unknown text NOT NULL DEFAULT 'leave' CHECK (if_unknown IN ('leave', 'again')),
    -- what it holds while it is sent (charges.subject), and how often it held something
    charge text,
    holds smallint NOT NULL DEFAULT 0,
    -- NULL: it was not metered
    price numeric(18, 6),
    currency text,
    sent_at timestamptz,
    ended_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80);
CREATE INDEX messages_due ON messages (organisation_id, channel, priority DESC, due_at, number)
    WHERE status = 'queued' AND NOT held;
CREATE INDEX messages_held ON messages (organisation_id, content_id) WHERE held;
CREATE INDEX messages_expiring ON messages (not_after) WHERE status = 'queued' AND not_after IS NOT NULL;
CREATE INDEX messages_sending ON messages (sender_id) WHERE status = 'sending';
CREATE INDEX messages_listed ON messages (organisation_id, channel, number DESC);
CREATE INDEX messages_campaign ON messages (campaign_id) WHERE campaign_id IS NOT NULL;
CREATE INDEX messages_person ON messages (organisation_id, to_address, number);
CREATE INDEX messages_conversation ON messages (conversation_id, number) WHERE conversation_id IS NOT NULL;
CREATE INDEX messages_recipient ON messages (recipient_id) WHERE recipient_id IS NOT NULL;

-- Those of campaigns that wait, which must end when their campaign does.
CREATE INDEX messages_of_campaigns ON messages (campaign_id) WHERE status = 'queued' AND campaign_id IS NOT NULL;

-- The text to a recipient; of a campaign that writes and does not call, it is what decides the outcome.
ALTER TABLE recipients ADD COLUMN message_id text;
CREATE FUNCTION end_texted_recipient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE recipients r SET state = 'done', outcome = NEW.status, reason = NEW.reason, ended_at = now()
    WHERE r.id = NEW.recipient_id AND r.message_id = NEW.id AND r.call_id IS NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER messages_end_recipients AFTER UPDATE OF status ON messages
    FOR EACH ROW WHEN (NEW.recipient_id IS NOT NULL AND OLD.status IS DISTINCT FROM NEW.status
                       AND NEW.status NOT IN ('queued', 'sending'))
    EXECUTE FUNCTION end_texted_recipient();

-- What is sent to somebody whom the call did not reach: message, from, plain.
ALTER TABLE calls ADD COLUMN fallback_sms jsonb;

-- What the provider calls each part; receipts name it. Each row is written twice: there is room for the second time.
CREATE TABLE message_parts (
    route_id text NOT NULL,
    provider_id text NOT NULL,
    message_id text NOT NULL,
    part smallint NOT NULL,
    state text,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (route_id, provider_id)
) WITH (fillfactor = 70);
CREATE INDEX message_parts_of ON message_parts (message_id);

-- Receipts that came before the answer to what they are about; looked at again for some minutes.
CREATE TABLE early_receipts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    route_id text NOT NULL,
    provider_id text NOT NULL,
    body jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX early_receipts_of ON early_receipts (route_id, provider_id);

-- Texts with one person over one number of ours.
CREATE TABLE conversations (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    channel text NOT NULL,
    ours text NOT NULL,
    theirs text NOT NULL,
    contact_id text,
    last_message_at timestamptz,
    unread integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organisation_id, channel, ours, theirs)
);
CREATE INDEX conversations_listed ON conversations (organisation_id, last_message_at DESC);

-- Why a person was, or was not, contacted by a message: as of calls.
CREATE TABLE message_decisions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    message_id text NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('allowed', 'deferred', 'skipped')),
    rule text NOT NULL,
    reason text NOT NULL,
    inputs jsonb NOT NULL,
    decided_at timestamptz NOT NULL
);
CREATE INDEX message_decisions_of ON message_decisions (message_id);
