-- Campaigns, their recipients, lanes and counts: see docs/decisions/0009-campaigns.md.

ALTER TABLE campaigns
    -- 'batch': several calls that were posted together; they exist as calls, and nothing below is used
    ADD COLUMN kind text NOT NULL DEFAULT 'batch' CHECK (kind IN ('batch', 'campaign')),
    ADD COLUMN state text NOT NULL DEFAULT 'running'
        CHECK (state IN ('draft', 'scheduled', 'running', 'paused', 'completed', 'cancelled')),
    -- why it is paused or over, in words
    ADD COLUMN state_reason text,
    ADD COLUMN key_id text REFERENCES api_keys,
    ADD COLUMN sandbox boolean NOT NULL DEFAULT false,
    ADD COLUMN purpose text NOT NULL DEFAULT 'transactional'
        CHECK (purpose IN ('emergency', 'transactional', 'marketing')),
    ADD COLUMN priority smallint NOT NULL DEFAULT 5 CHECK (priority BETWEEN 0 AND 9),
    -- share among the organisation's campaigns of the same priority
    ADD COLUMN weight real NOT NULL DEFAULT 1 CHECK (weight > 0),
    -- virtual time: recipients taken so far by weight
    ADD COLUMN served double precision NOT NULL DEFAULT 0,
    ADD COLUMN flow_id text REFERENCES flows,
    -- what each call gets of the request, the same for all recipients: campaigns/models.py, CallTemplate
    ADD COLUMN call_template jsonb NOT NULL DEFAULT '{}',
    -- windows, holidays, zone: rules/timetables.py
    ADD COLUMN schedule jsonb NOT NULL DEFAULT '{}',
    -- nothing is claimed before and from then on
    ADD COLUMN starts_at timestamptz,
    ADD COLUMN ends_at timestamptz,
    -- most calls of this campaign in the air at once; NULL: no limit of its own
    ADD COLUMN max_concurrent integer CHECK (max_concurrent > 0),
    -- calls per second of this campaign; NULL: no limit of its own. GCRA: the earliest time of its next call
    ADD COLUMN calls_per_second numeric(7, 2) CHECK (calls_per_second > 0),
    ADD COLUMN next_call_at timestamptz NOT NULL DEFAULT '-infinity',
    -- where the recipients came from, as the request gave it
    ADD COLUMN source jsonb NOT NULL DEFAULT '{}',
    -- recipients are still being added: it cannot be complete
    ADD COLUMN filling boolean NOT NULL DEFAULT false,
    -- what it says waits for an approval: nothing is claimed
    ADD COLUMN held boolean NOT NULL DEFAULT false,
    -- one recipient after another, in order, until one accepts
    ADD COLUMN hunt boolean NOT NULL DEFAULT false,
    ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN started_at timestamptz,
    ADD COLUMN ended_at timestamptz,
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX campaigns_listed ON campaigns (organisation_id, number DESC);
CREATE INDEX campaigns_open ON campaigns (organisation_id, priority DESC)
    WHERE kind = 'campaign' AND state IN ('scheduled', 'running') AND NOT held;

-- Recipients of a campaign who can be called in the same hours.
CREATE TABLE lanes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    campaign_id text NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    -- IANA names in order, separated by a blank: it must be time to call in all of them
    zones text NOT NULL,
    -- computed from the schedules; computed anew when open_until has passed or a schedule has changed. NULL open_from:
    -- it never opens again
    open_from timestamptz,
    open_until timestamptz,
    -- no recipient of the lane with a smaller id is 'waiting'
    next_recipient bigint NOT NULL DEFAULT 0,
    UNIQUE (campaign_id, zones)
);

CREATE TABLE recipients (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id text NOT NULL,
    campaign_id text NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    lane_id bigint NOT NULL,
    -- where it stands in the list, from 1
    position integer NOT NULL,
    contact_id text,
    -- E.164, or Ext:1000
    to_number text NOT NULL,
    -- further numbers of the same person, in order
    other_numbers text[],
    -- where the zones are known from, see rules/zones.py
    zone_source text NOT NULL DEFAULT 'number',
    variables jsonb,
    -- 'waiting': not contacted yet; 'again': due at again_at; 'active': there is a call; 'done': it has an outcome
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'again', 'active', 'done')),
    again_at timestamptz,
    -- of the last call
    outcome text,
    reason text,
    call_id text,
    ended_at timestamptz,
    -- one person is in a campaign once
    UNIQUE (campaign_id, to_number)
) WITH (fillfactor = 90);
CREATE INDEX recipients_waiting ON recipients (lane_id, id) WHERE state = 'waiting';
CREATE INDEX recipients_again ON recipients (lane_id, again_at, id) WHERE state = 'again';
CREATE INDEX recipients_active ON recipients (campaign_id) WHERE state = 'active';
CREATE INDEX recipients_listed ON recipients (campaign_id, id);
CREATE INDEX recipients_contact ON recipients (organisation_id, contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX recipients_number ON recipients (organisation_id, to_number);

ALTER TABLE calls
    ADD COLUMN recipient_id bigint,
    ADD COLUMN lane_id bigint;
-- those of lanes wait in the lane
DROP INDEX calls_due;
CREATE INDEX calls_due ON calls (organisation_id, priority DESC, due_at, number)
    WHERE status = 'queued' AND lane_id IS NULL;
CREATE INDEX calls_due_in_lane ON calls (lane_id, due_at, number) WHERE status = 'queued' AND lane_id IS NOT NULL;
CREATE INDEX calls_recipient ON calls (recipient_id) WHERE recipient_id IS NOT NULL;

-- What is counted about a campaign. kind 'state': key is a recipient's state; 'outcome': of recipients that are done;
-- 'answer': key is the step and what was pressed or said there, separated by a tab; 'attempt': outcome of attempts;
-- 'seconds', 'cost': totals, key ''.
CREATE TABLE campaign_counts (
    campaign_id text NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    kind text NOT NULL,
    key text NOT NULL,
    n numeric NOT NULL,
    PRIMARY KEY (campaign_id, kind, key)
);
-- Not folded into campaign_counts yet. Rows are only inserted, so nobody waits for anybody.
CREATE TABLE campaign_deltas (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id text NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    n numeric NOT NULL
);
CREATE INDEX campaign_deltas_campaign ON campaign_deltas (campaign_id);

CREATE FUNCTION count_recipients() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO campaign_deltas (campaign_id, kind, key, n)
        SELECT campaign_id, 'state', state, count(*) FROM added GROUP BY campaign_id, state
        UNION ALL
        SELECT campaign_id, 'outcome', outcome, count(*) FROM added WHERE state = 'done' GROUP BY campaign_id, outcome;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO campaign_deltas (campaign_id, kind, key, n)
        SELECT campaign_id, 'state', state, -count(*) FROM gone GROUP BY campaign_id, state
        UNION ALL
        SELECT campaign_id, 'outcome', outcome, -count(*) FROM gone WHERE state = 'done' GROUP BY campaign_id, outcome;
    ELSE
        INSERT INTO campaign_deltas (campaign_id, kind, key, n)
        SELECT campaign_id, kind, key, sum(n) FROM (
            SELECT campaign_id, 'state' AS kind, state AS key, 1 AS n FROM added
            UNION ALL
            SELECT campaign_id, 'outcome', outcome, 1 FROM added WHERE state = 'done'
            UNION ALL
            SELECT campaign_id, 'state', state, -1 FROM gone
            UNION ALL
            SELECT campaign_id, 'outcome', outcome, -1 FROM gone WHERE state = 'done'
        ) AS changes
        GROUP BY campaign_id, kind, key
        HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER recipients_added AFTER INSERT ON recipients
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_recipients();
CREATE TRIGGER recipients_changed AFTER UPDATE ON recipients
    REFERENCING OLD TABLE AS gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_recipients();
CREATE TRIGGER recipients_removed AFTER DELETE ON recipients
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_recipients();

-- However a call ends, its recipient learns of it. One that has another number to try comes again at once when the
-- campaign asks for it after this outcome (call_template.other_number_after, a list of outcomes).
CREATE FUNCTION end_recipient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE recipients r SET
        state = CASE WHEN next.number IS NULL THEN 'done' ELSE 'again' END,
        to_number = coalesce(next.number, r.to_number),
        other_numbers = CASE WHEN next.number IS NULL THEN r.other_numbers ELSE r.other_numbers[2:] END,
        again_at = CASE WHEN next.number IS NULL THEN r.again_at ELSE now() END,
        outcome = NEW.outcome, reason = NEW.reason, ended_at = now()
    FROM campaigns c
    LEFT JOIN LATERAL (
        SELECT o.number FROM recipients s, unnest(s.other_numbers[1:1]) AS o(number)
        WHERE s.id = NEW.recipient_id AND c.call_template -> 'other_number_after' ? NEW.outcome
          AND NOT EXISTS (SELECT FROM recipients t WHERE t.campaign_id = c.id AND t.to_number = o.number)
    ) AS next ON true
    WHERE r.id = NEW.recipient_id AND c.id = r.campaign_id AND r.call_id = NEW.id;
    INSERT INTO campaign_deltas (campaign_id, kind, key, n)
    SELECT NEW.campaign_id, 'seconds', '', NEW.duration_seconds WHERE NEW.duration_seconds > 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER calls_end_recipients AFTER UPDATE OF outcome ON calls
    FOR EACH ROW WHEN (NEW.recipient_id IS NOT NULL AND OLD.outcome IS NULL AND NEW.outcome IS NOT NULL)
    EXECUTE FUNCTION end_recipient();

-- A campaign that wants so many people and no more. Locked after the organisation's and the trunk's counters.
CREATE TABLE goals (
    campaign_id text PRIMARY KEY REFERENCES campaigns ON DELETE CASCADE,
    organisation_id text NOT NULL REFERENCES organisations,
    accepts integer NOT NULL CHECK (accepts > 0),
    pace text NOT NULL DEFAULT 'exact' CHECK (pace IN ('exact', 'expected')),
    stand_by integer NOT NULL DEFAULT 0 CHECK (stand_by >= 0),
    accepted integer NOT NULL DEFAULT 0 CHECK (accepted >= 0),
    -- claimed and not settled, without an answer yet
    undecided integer NOT NULL DEFAULT 0 CHECK (undecided >= 0),
    declined integer NOT NULL DEFAULT 0,
    standing_by integer NOT NULL DEFAULT 0,
    CHECK (pace = 'expected' OR accepted + undecided <= accepts)
);
-- What those answered who were asked: one row a person who accepted.
CREATE TABLE accepts (
    campaign_id text NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    recipient_id bigint NOT NULL,
    call_id text NOT NULL,
    place text NOT NULL CHECK (place IN ('taken', 'stand_by')),
    accepted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (campaign_id, recipient_id)
);

-- Files of recipients: stored first, then taken in by a background job, a chunk a transaction.
CREATE TABLE campaign_uploads (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    campaign_id text NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    file_name text NOT NULL,
    bytes bigint NOT NULL,
    -- how it is read: encoding, delimiter, has_header, columns, and which column is what
    plan jsonb NOT NULL,
    -- position of its first record in the list
    first_position integer NOT NULL,
    -- records that are done with, each of them exactly one of the three below
    processed integer NOT NULL DEFAULT 0,
    added integer NOT NULL DEFAULT 0,
    duplicates integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    bytes_read bigint NOT NULL DEFAULT 0,
    -- why it failed as a whole, in words
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX campaign_uploads_of ON campaign_uploads (campaign_id, number);

CREATE TABLE campaign_upload_errors (
    ordinal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id text NOT NULL,
    upload_id text NOT NULL REFERENCES campaign_uploads ON DELETE CASCADE,
    -- where the record begins in the file, from 1
    line integer NOT NULL,
    field text NOT NULL,
    reason text NOT NULL,
    value text
);
CREATE INDEX campaign_upload_errors_of ON campaign_upload_errors (upload_id, ordinal);

-- first and last call of a campaign
DROP INDEX calls_campaign;
CREATE INDEX calls_campaign ON calls (campaign_id, number) WHERE campaign_id IS NOT NULL;
