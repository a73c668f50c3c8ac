-- Users, roles, sessions, scoped keys, subusers, the audit log.

-- People. A row is never deleted, because others refer to it: deleted_at hides it and frees its email.
CREATE TABLE users (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    email text NOT NULL,
    name text NOT NULL DEFAULT '',
    -- a dialect's sign-in name, where it has one beside the email
    username text,
    phone text,
    company text,
    role text NOT NULL CHECK (role IN ('owner', 'manager', 'agent', 'read-only')),
    -- a subuser: sees only rows whose owner_id is its own id
    fenced boolean NOT NULL DEFAULT false,
    -- argon2id in PHC form; NULL until the person chose one
    password_hash text,
    password_changed_at timestamptz,
    -- encrypted with the appliance's key; counts once totp_confirmed_at is set
    totp_secret bytea,
    totp_confirmed_at timestamptz,
    -- the last time step whose code was used: a code works once
    totp_last_step bigint,
    -- SHA-256 of those not used yet
    recovery_codes bytea[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    last_login_at timestamptz,
    disabled_at timestamptz,
    deleted_at timestamptz,
    -- who manages others sees them
    CHECK (NOT fenced OR role IN ('agent', 'read-only'))
);
CREATE UNIQUE INDEX users_email ON users (lower(email)) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_username ON users (lower(username)) WHERE deleted_at IS NULL AND username IS NOT NULL;
CREATE INDEX users_organisation ON users (organisation_id, number DESC) WHERE deleted_at IS NULL;

CREATE TABLE sessions (
    id text PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    user_id text NOT NULL REFERENCES users,
    -- SHA-256 of the token
    hash bytea NOT NULL UNIQUE,
    sandbox boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    address text,
    user_agent text,
    -- when a code was given with the password; NULL: the user has no second factor
    second_factor_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX sessions_user ON sessions (user_id) WHERE ended_at IS NULL;

-- Links that let a person choose a password: invitations and resets.
CREATE TABLE user_links (
    id text PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    user_id text NOT NULL REFERENCES users,
    kind text NOT NULL CHECK (kind IN ('invitation', 'password_reset')),
    -- SHA-256 of the token
    hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX user_links_user ON user_links (user_id) WHERE used_at IS NULL;

-- Failed sign-ins of an email (known or not) and of an address, across organisations: nobody is signed in yet.
CREATE TABLE login_failures (
    kind text NOT NULL CHECK (kind IN ('account', 'address')),
    -- SHA-256 of the lower-case email or of the address
    subject bytea NOT NULL,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX login_failures_age ON login_failures (last_at);

-- Whom a key acts for; NULL: the organisation.
ALTER TABLE api_keys ADD COLUMN user_id text REFERENCES users;
ALTER TABLE api_keys ADD COLUMN created_by text REFERENCES users;
-- 'resource:read' and 'resource:write'; '*': everything. A user's key may never do more than the user may now.
ALTER TABLE api_keys ADD COLUMN permissions text[] NOT NULL DEFAULT '{*}';
-- the one dialect that takes it; NULL: the native API
ALTER TABLE api_keys ADD COLUMN dialect text;
-- the key itself, encrypted with the appliance's key, where a dialect shows it again
ALTER TABLE api_keys ADD COLUMN token bytea;
ALTER TABLE api_keys ADD CHECK (token IS NULL OR dialect IS NOT NULL);
ALTER TABLE api_keys ADD COLUMN rotated_from text REFERENCES api_keys;
CREATE INDEX api_keys_user ON api_keys (user_id) WHERE user_id IS NOT NULL;

-- Who changed what. Secrets are left out of before and after.
CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL CHECK (actor IN ('user', 'key', 'operator', 'system')),
    user_id text REFERENCES users,
    key_id text REFERENCES api_keys,
    -- such as 'key.created'
    action text NOT NULL,
    -- id of what was changed
    object text NOT NULL,
    before jsonb,
    after jsonb,
    -- of the client
    address text
);
CREATE INDEX audit_log_feed ON audit_log (organisation_id, id DESC);
CREATE INDEX audit_log_object ON audit_log (organisation_id, object, id DESC);

-- Append only. Erasing a person's data is the exception: a transaction that set callwright.erasing to 'on' may empty
-- what a row says about somebody, never who did what when.
CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('callwright.erasing', true) = 'on'
        AND (NEW.id, NEW.organisation_id, NEW.at, NEW.actor, NEW.user_id, NEW.key_id, NEW.action, NEW.object)
            IS NOT DISTINCT FROM
            (OLD.id, OLD.organisation_id, OLD.at, OLD.actor, OLD.user_id, OLD.key_id, OLD.action, OLD.object)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only';
END
$$;
CREATE TRIGGER audit_log_rows BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_log_is_append_only();
CREATE TRIGGER audit_log_table BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only();

-- Whose a row is: the person who made it, themselves or by a key of theirs; NULL: the organisation's, hidden from every
-- subuser. Flows have none: they are told by their content and are shown only through a call.
ALTER TABLE calls ADD COLUMN owner_id text REFERENCES users;
CREATE INDEX calls_owner ON calls (owner_id, number DESC) WHERE owner_id IS NOT NULL;
ALTER TABLE campaigns ADD COLUMN owner_id text REFERENCES users;
CREATE INDEX campaigns_owner ON campaigns (owner_id, number DESC) WHERE owner_id IS NOT NULL;
ALTER TABLE suppressions ADD COLUMN owner_id text REFERENCES users;
-- two people may have entered the same wish: who takes theirs off leaves the other's
ALTER TABLE suppressions DROP CONSTRAINT suppressions_organisation_id_e164_scope_scope_key_key;
CREATE UNIQUE INDEX suppressions_wish ON suppressions (organisation_id, e164, scope, scope_key, owner_id)
    NULLS NOT DISTINCT;
ALTER TABLE numbers ADD COLUMN owner_id text REFERENCES users;
ALTER TABLE extensions ADD COLUMN owner_id text REFERENCES users;
-- of what they are about, so that a feed can be read without looking at every subject
ALTER TABLE events ADD COLUMN owner_id text REFERENCES users;
CREATE INDEX events_owner ON events (owner_id, sequence) WHERE owner_id IS NOT NULL AND sequence IS NOT NULL;
ALTER TABLE deliveries ADD COLUMN owner_id text REFERENCES users;
