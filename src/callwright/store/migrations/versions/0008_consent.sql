-- Consents, topics, do-not-call lists.

-- What a person agreed to or withdrew. Append-only: the newest of an address, a channel and a purpose counts.
CREATE TABLE consents (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    -- the person who recorded it; NULL: the organisation
    owner_id text REFERENCES users,
    contact_id text COLLATE "C" REFERENCES contacts ON DELETE SET NULL,
    -- a number in E.164, or an e-mail address in small letters; of somebody who was erased, its token
    address text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('call', 'sms', 'email')),
    purpose text NOT NULL CHECK (purpose IN ('transactional', 'marketing')),
    state text NOT NULL CHECK (state IN ('given', 'withdrawn')),
    -- what the person read or heard when they agreed
    wording text,
    -- where it was said: a form, a call, a letter, …
    source text NOT NULL,
    -- what shows that it was said: the address of the form, the name of a file, the id of a recording, …
    proof jsonb NOT NULL DEFAULT '{}',
    given_at timestamptz NOT NULL,
    expires_at timestamptz CHECK (expires_at > given_at),
    -- who entered it: the id of a user or a key, 'operator' or 'system'
    recorded_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
-- of two of the same moment the withdrawal counts ('withdrawn' sorts after 'given')
CREATE INDEX consents_newest
    ON consents (organisation_id, address, channel, purpose, given_at DESC, state DESC, number DESC);
CREATE INDEX consents_listed ON consents (organisation_id, number DESC);
CREATE INDEX consents_contact ON consents (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX consents_kept ON consents (organisation_id, address)
    WHERE address LIKE 'erased:%' AND state = 'withdrawn';

-- Erasing a person is the exception, and their coming back: then the address is replaced, and what was said is emptied.
CREATE FUNCTION consents_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (NEW.id, NEW.number, NEW.organisation_id, NEW.channel, NEW.purpose, NEW.state, NEW.given_at,
             NEW.expires_at, NEW.created_at)
            IS NOT DISTINCT FROM
            (OLD.id, OLD.number, OLD.organisation_id, OLD.channel, OLD.purpose, OLD.state, OLD.given_at,
             OLD.expires_at, OLD.created_at)
        AND (NEW.address = OLD.address OR NEW.address LIKE 'erased:%' OR OLD.address LIKE 'erased:%')
        AND ((NEW.wording, NEW.source, NEW.proof, NEW.recorded_by)
             IS NOT DISTINCT FROM (OLD.wording, OLD.source, OLD.proof, OLD.recorded_by)
             OR NEW.address LIKE 'erased:%')
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'consents are append-only';
END
$$;
CREATE TRIGGER consents_rows BEFORE UPDATE OR DELETE ON consents
    FOR EACH ROW EXECUTE FUNCTION consents_are_append_only();
CREATE TRIGGER consents_table BEFORE TRUNCATE ON consents
    FOR EACH STATEMENT EXECUTE FUNCTION consents_are_append_only();

-- What a campaign or a call is about, as its author wrote it; opt-outs of a topic compare small letters.
ALTER TABLE campaigns ADD COLUMN topic text CHECK (length(topic) <= 60);
ALTER TABLE calls ADD COLUMN topic text CHECK (length(topic) <= 60);

-- Numbers that must not be called whoever asked for it.
CREATE TABLE dnc_lists (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    owner_id text REFERENCES users,
    name text NOT NULL,
    -- whose list it is: our own, a national register's, a partner's
    kind text NOT NULL CHECK (kind IN ('own', 'national', 'partner')),
    -- which calls it stops
    binds text NOT NULL CHECK (binds IN ('marketing', 'all')),
    -- false: it stops only the campaigns it is attached to
    everywhere boolean NOT NULL DEFAULT true,
    -- how long an entry binds after it was entered; NULL: for good
    expires_after_days integer CHECK (expires_after_days BETWEEN 1 AND 36500),
    -- which rows of dnc_entries are its own: replacing the whole list is one update
    generation bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    -- of the last import
    imported_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organisation_id, name)
);

-- A list's organisation is found through its generation: a million rows repeat neither id.
CREATE TABLE dnc_entries (
    generation bigint NOT NULL,
    e164 text NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY (generation, e164)
);

CREATE TABLE campaign_dnc_lists (
    organisation_id text NOT NULL REFERENCES organisations,
    campaign_id text NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    list_id text NOT NULL REFERENCES dnc_lists ON DELETE CASCADE,
    PRIMARY KEY (campaign_id, list_id)
);
CREATE INDEX campaign_dnc_lists_of ON campaign_dnc_lists (list_id);

-- What is withdrawn comes back with the number, as opt-outs do.
CREATE FUNCTION restore_withdrawals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- nearly always there are none, and that must cost nothing
    IF EXISTS (SELECT FROM consents WHERE address LIKE 'erased:%' AND state = 'withdrawn') THEN
        UPDATE consents c SET address = n.to_number
        FROM (SELECT DISTINCT organisation_id, to_number FROM made WHERE direction = 'outbound') n
        WHERE c.organisation_id = n.organisation_id AND c.address = erased_token(n.organisation_id, n.to_number)
          AND c.address LIKE 'erased:%' AND c.state = 'withdrawn';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER calls_restore_withdrawals AFTER INSERT ON calls
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION restore_withdrawals();
