-- What claims keep of campaigns: counters, rates and shares, beside those of organisations and trunks. They are not on
-- the campaign's row, so that a pause never waits for a claim that only counts.

ALTER TABLE limits DROP CONSTRAINT limits_kind_check;
ALTER TABLE limits
    ADD CHECK (kind IN ('organisation', 'trunk', 'campaign')),
    -- of organisations and campaigns (a trunk's is its own); NULL: no rate
    ADD COLUMN calls_per_second numeric(7, 2) CHECK (calls_per_second > 0),
    -- GCRA: the earliest time of the next call
    ADD COLUMN next_call_at timestamptz NOT NULL DEFAULT '-infinity',
    -- virtual time until which it was served, see rules/sharing.py: an organisation among the others, a campaign among
    -- its organisation's
    ADD COLUMN served double precision NOT NULL DEFAULT 0,
    -- the same of an organisation's single calls among its campaigns
    ADD COLUMN single_served double precision NOT NULL DEFAULT 0,
    -- start of what was served last inside of it: of an organisation, or of a trunk among organisations
    ADD COLUMN floor double precision NOT NULL DEFAULT 0;

ALTER TABLE campaigns DROP COLUMN served, DROP COLUMN next_call_at;

-- Every campaign has a counter; one without a limit of its own has room for any number.
CREATE FUNCTION keep_campaign_limits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM limits WHERE kind = 'campaign' AND key = OLD.id;
        RETURN NULL;
    END IF;
    INSERT INTO limits (organisation_id, kind, key, capacity, calls_per_second)
    VALUES (NEW.organisation_id, 'campaign', NEW.id, coalesce(NEW.max_concurrent, 2147483647), NEW.calls_per_second)
    ON CONFLICT (kind, key) DO UPDATE SET
        capacity = excluded.capacity, calls_per_second = excluded.calls_per_second;
    RETURN NULL;
END
$$;
CREATE TRIGGER campaigns_limits_added AFTER INSERT ON campaigns
    FOR EACH ROW WHEN (NEW.kind = 'campaign') EXECUTE FUNCTION keep_campaign_limits();
CREATE TRIGGER campaigns_limits_changed AFTER UPDATE OF max_concurrent, calls_per_second ON campaigns
    FOR EACH ROW WHEN (NEW.kind = 'campaign') EXECUTE FUNCTION keep_campaign_limits();
CREATE TRIGGER campaigns_limits_removed AFTER DELETE ON campaigns
    FOR EACH ROW WHEN (OLD.kind = 'campaign') EXECUTE FUNCTION keep_campaign_limits();
INSERT INTO limits (organisation_id, kind, key, capacity, calls_per_second)
SELECT organisation_id, 'campaign', id, coalesce(max_concurrent, 2147483647), calls_per_second
FROM campaigns WHERE kind = 'campaign';

-- A lane whose hours are not known is closed until the keeper of lanes, or who changes the campaign, has computed them.
ALTER TABLE lanes ALTER COLUMN open_until SET DEFAULT '-infinity';
CREATE INDEX lanes_to_compute ON lanes (open_until);

CREATE FUNCTION forget_lane_hours() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'campaigns' THEN
        UPDATE lanes SET open_from = NULL, open_until = '-infinity' WHERE campaign_id = NEW.id;
    ELSE
        UPDATE lanes l SET open_from = NULL, open_until = '-infinity' FROM campaigns c
        WHERE c.organisation_id = NEW.id AND c.state IN ('draft', 'scheduled', 'running', 'paused')
          AND l.campaign_id = c.id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER campaigns_forget_hours AFTER UPDATE OF schedule, starts_at, ends_at, purpose ON campaigns
    FOR EACH ROW WHEN (NEW.kind = 'campaign'
                       AND (OLD.schedule, OLD.starts_at, OLD.ends_at, OLD.purpose)
                           IS DISTINCT FROM (NEW.schedule, NEW.starts_at, NEW.ends_at, NEW.purpose))
    EXECUTE FUNCTION forget_lane_hours();
CREATE TRIGGER organisations_forget_hours AFTER UPDATE OF time_zone, calling_from, calling_until ON organisations
    FOR EACH ROW WHEN ((OLD.time_zone, OLD.calling_from, OLD.calling_until)
                       IS DISTINCT FROM (NEW.time_zone, NEW.calling_from, NEW.calling_until))
    EXECUTE FUNCTION forget_lane_hours();

-- held calls must not stand before those that a claim looks for
DROP INDEX calls_due;
CREATE INDEX calls_due ON calls (organisation_id, priority DESC, due_at, number)
    WHERE status = 'queued' AND lane_id IS NULL AND NOT held;

-- Whether a trunk with these prefixes (comma-separated; empty: every number) carries a number; our own telephones need
-- no trunk.
CREATE FUNCTION carried(called text, prefixes text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT prefixes = '' OR called LIKE 'Ext:%' OR EXISTS (
        SELECT FROM unnest(string_to_array(prefixes, ',')) AS p(prefix) WHERE starts_with(called, p.prefix)
    )
$$;

-- campaigns that are over, the newest first: their queued calls are ended
CREATE INDEX campaigns_ended ON campaigns (ended_at) WHERE kind = 'campaign' AND state IN ('completed', 'cancelled');

-- What attempts came to, and what calls cost.
CREATE FUNCTION count_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO campaign_deltas (campaign_id, kind, key, n)
    SELECT c.campaign_id, 'attempt', NEW.outcome, 1 FROM calls c
    WHERE c.id = NEW.call_id AND c.lane_id IS NOT NULL AND NEW.dialing_at IS NOT NULL;
    RETURN NULL;
END
$$;
CREATE TRIGGER attempts_count AFTER UPDATE OF state ON attempts
    FOR EACH ROW WHEN (OLD.state <> 'ended' AND NEW.state = 'ended' AND NEW.outcome IS NOT NULL)
    EXECUTE FUNCTION count_attempt();

CREATE FUNCTION count_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO campaign_deltas (campaign_id, kind, key, n)
    VALUES (NEW.campaign_id, 'cost', '', coalesce(NEW.price, 0) - coalesce(OLD.price, 0));
    RETURN NULL;
END
$$;
CREATE TRIGGER calls_count_price AFTER UPDATE OF price ON calls
    FOR EACH ROW WHEN (NEW.lane_id IS NOT NULL AND NEW.price IS DISTINCT FROM OLD.price)
    EXECUTE FUNCTION count_price();
