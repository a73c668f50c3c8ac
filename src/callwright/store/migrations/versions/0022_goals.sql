-- Goals, trunks that fail, breakers, abandoned calls.

ALTER TABLE attempts
    -- it holds one of its goal's undecided; given back with it, or turned into a place
    ADD COLUMN undecided boolean NOT NULL DEFAULT false,
    -- it failed for the trunk's own sake, before anything rang; and its call went on over another trunk at once
    ADD COLUMN trunk_fault boolean NOT NULL DEFAULT false,
    ADD COLUMN failed_over boolean NOT NULL DEFAULT false,
    -- of a person who answered: seconds until they heard something; NULL: not known, or nobody answered
    ADD COLUMN waited_seconds real;

-- what ended lately: the windows of the breakers
CREATE INDEX attempts_ended ON attempts (ended_at, trunk_id) WHERE ended_at IS NOT NULL;

-- What the request said: the keys that accept, and at which step; NULL: the flow has a step of its own for it. What
-- those hear who get no place; NULL: our words.
ALTER TABLE goals
    ADD COLUMN answer text,
    ADD COLUMN step text,
    ADD COLUMN stand_by_message text,
    ADD COLUMN filled_message text;

-- When a trunk or a campaign is stopped because too much fails. Without a row the defaults hold (rules/breakers.py).
CREATE TABLE breakers (
    organisation_id text NOT NULL REFERENCES organisations,
    kind text NOT NULL CHECK (kind IN ('trunk', 'campaign')),
    key text NOT NULL,
    -- NULL: the default
    enabled boolean NOT NULL DEFAULT true,
    share double precision CHECK (share > 0 AND share <= 1),
    least_calls integer CHECK (least_calls > 0),
    window_seconds integer CHECK (window_seconds BETWEEN 10 AND 3600),
    pause_seconds integer CHECK (pause_seconds BETWEEN 1 AND 86400),
    -- 'closed': calls pass; 'open': none does until open_until; 'trying': one does, and decides
    state text NOT NULL DEFAULT 'closed' CHECK (state IN ('closed', 'open', 'trying')),
    open_until timestamptz,
    -- what was claimed earlier is not counted any more
    counted_from timestamptz,
    -- how often in a row it opened
    trips integer NOT NULL DEFAULT 0,
    -- what it saw, in words
    reason text,
    PRIMARY KEY (kind, key)
);

-- Of all calls of a campaign that a person answered in 30 days, at most this share may be abandoned; NULL: no limit.
ALTER TABLE campaigns ADD COLUMN abandonment_limit double precision CHECK (abandonment_limit >= 0 AND abandonment_limit <= 1);

-- Trunks that a call tried in vain since the last attempt that told something of the callee: for their own faults, and
-- no longer ago than that. The next attempt, whose ordinal this is, goes over another one.
CREATE FUNCTION trunks_tried(of_call text, next_ordinal integer, within interval) RETURNS text[]
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(array_agg(a.trunk_id), '{}') FROM attempts a
    WHERE a.call_id = of_call AND a.failed_over AND a.ordinal < next_ordinal AND a.ended_at > now() - within
      AND NOT EXISTS (
          SELECT FROM attempts b
          WHERE b.call_id = of_call AND NOT b.failed_over AND b.ordinal > a.ordinal AND b.ordinal < next_ordinal
      )
$$;

-- How many calls a trunk's breaker lets through: none while it is open, one while it tries, as long as nobody has
-- claimed that one. Who asks holds the trunk's counter.
CREATE FUNCTION trunk_lets(trunk text, state text, since timestamptz) RETURNS integer
LANGUAGE sql STABLE
AS $$
    SELECT CASE
        WHEN state IS NULL OR state = 'closed' THEN 2147483647
        WHEN state = 'open' THEN 0
        WHEN EXISTS (
            SELECT FROM attempts a WHERE a.trunk_id = trunk AND a.state <> 'ended' AND a.claimed_at >= since
        ) OR EXISTS (
            SELECT FROM attempts a
            WHERE a.ended_at >= since AND a.trunk_id = trunk AND a.claimed_at >= since
              AND a.outcome NOT IN ('cancelled', 'skipped', 'interrupted')
        ) THEN 0
        ELSE 1
    END
$$;

-- Calls of campaigns that a person answered, and those of them that were abandoned (rules/abandonment.py), by day: for a
-- rate over 30 days that nobody has to scan for. Who was connected as they had asked for has heard us before.
CREATE FUNCTION count_abandoned() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day text := to_char(NEW.ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD');
BEGIN
    INSERT INTO campaign_deltas (campaign_id, kind, key, n)
    SELECT c.campaign_id, k.kind, day, 1
    FROM calls c CROSS JOIN LATERAL (
        VALUES ('person', true),
               ('abandoned', NEW.waited_seconds > 2 OR c.dtmf_response IS NULL
                    AND EXISTS (SELECT FROM transfers t WHERE t.attempt_id = NEW.id)
                    AND NOT EXISTS (SELECT FROM transfers t WHERE t.attempt_id = NEW.id AND t.connected_at IS NOT NULL))
    ) AS k(kind, counts)
    WHERE c.id = NEW.call_id AND c.lane_id IS NOT NULL AND k.counts;
    RETURN NULL;
END
$$;
CREATE TRIGGER attempts_count_abandoned AFTER UPDATE OF state ON attempts
    FOR EACH ROW WHEN (NEW.state = 'ended' AND OLD.state <> 'ended' AND NEW.outcome IN ('human', 'answered'))
    EXECUTE FUNCTION count_abandoned();
