-- What an organisation allows itself; without a row the defaults hold: its own country, ten calls a day to one number.
CREATE TABLE call_limits (
    organisation_id text PRIMARY KEY REFERENCES organisations,
    -- ISO 3166; NULL: every country, opened knowingly
    allowed_countries text[],
    -- attempts to one number within so many hours; NULL: no cap
    calls_per_person integer CHECK (calls_per_person > 0),
    per_person_hours integer NOT NULL CHECK (per_person_hours BETWEEN 1 AND 720),
    max_call_seconds integer NOT NULL CHECK (max_call_seconds BETWEEN 10 AND 86400)
);

CREATE INDEX attempts_of_number ON attempts (organisation_id, to_number, dialing_at) WHERE dialing_at IS NOT NULL;

-- Requests of the last moments, where several API processes count together (rate_limits = database). Nothing that must
-- survive a crash.
CREATE UNLOGGED TABLE request_hits (
    key text PRIMARY KEY,
    hits timestamptz[] NOT NULL
);

-- All that a decision to call looks at and that is not on the call's own row. Both the claim and the last look before
-- the INVITE ask it, so that the two can never differ.
CREATE FUNCTION call_facts(organisation text, called text, campaign text, home text)
RETURNS TABLE (
    suppression text, allowed_countries text[], calls_per_person integer, per_person_hours integer,
    recent_calls bigint, oldest_recent_call timestamptz
)
LANGUAGE sql STABLE
AS $$
    SELECT
        (SELECT s.scope || ':' || s.scope_key || ' ' || s.evidence FROM suppressions s
         WHERE s.organisation_id = organisation AND s.e164 = called
           AND (s.scope = 'organisation' OR (s.scope = 'channel' AND s.scope_key = 'call')
                OR (s.scope = 'campaign' AND s.scope_key = campaign))
         LIMIT 1),
        CASE WHEN l.organisation_id IS NULL THEN ARRAY[home] ELSE l.allowed_countries END,
        CASE WHEN l.organisation_id IS NULL THEN 10 ELSE l.calls_per_person END,
        coalesce(l.per_person_hours, 24),
        r.n, r.oldest
    FROM (SELECT) AS one
    LEFT JOIN call_limits l ON l.organisation_id = organisation
    CROSS JOIN LATERAL (
        SELECT count(*) AS n, min(dialing_at) AS oldest FROM (
            SELECT a.dialing_at FROM attempts a
            WHERE a.organisation_id = organisation AND a.to_number = called
              AND a.dialing_at > now() - make_interval(hours => coalesce(l.per_person_hours, 24))
            ORDER BY a.dialing_at DESC
            LIMIT CASE WHEN l.organisation_id IS NULL THEN 10 ELSE coalesce(l.calls_per_person, 0) END
        ) AS latest
    ) AS r
$$;
