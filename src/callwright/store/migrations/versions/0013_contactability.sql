-- All facts of a decision to contact, with consents and lists.

-- false: an owner knowingly lets marketing reach people who never agreed
ALTER TABLE call_limits ADD COLUMN marketing_needs_consent boolean NOT NULL DEFAULT true;

-- What is known of a wish of the person at an address: opt-outs, do-not-call lists, the newest consent. Whatever
-- contacts people asks this one function, by telephone, text or mail.
CREATE FUNCTION contact_facts(
    organisation text, reached text, by_channel text, for_purpose text, for_campaign text, on_topic text
)
RETURNS TABLE (
    suppression text, do_not_call text, consent_id text, consent_state text, consent_given_at timestamptz,
    consent_expires_at timestamptz, marketing_needs_consent boolean
)
LANGUAGE sql STABLE
AS $$
    SELECT
        (SELECT s.scope || ':' || s.scope_key || ' ' || s.evidence FROM suppressions s
         WHERE s.organisation_id = organisation AND s.e164 = reached
           AND (s.expires_at IS NULL OR s.expires_at > now())
           AND (s.scope = 'organisation'
                OR (s.scope = 'channel' AND s.scope_key = by_channel)
                OR (s.scope = 'campaign' AND s.scope_key = for_campaign)
                OR (s.scope = 'topic' AND s.scope_key = lower(on_topic)))
         LIMIT 1),
        (SELECT l.name FROM dnc_lists l
         WHERE l.organisation_id = organisation
           AND (l.binds = 'all' OR for_purpose = 'marketing')
           AND (l.everywhere OR EXISTS (
               SELECT FROM campaign_dnc_lists a WHERE a.campaign_id = for_campaign AND a.list_id = l.id
           ))
           AND EXISTS (
               SELECT FROM dnc_entries e
               WHERE e.generation = l.generation AND e.e164 = reached
                 AND (e.expires_at IS NULL OR e.expires_at > now())
               -- one look into the index per list, however many numbers are on it
               OFFSET 0
           )
         LIMIT 1),
        c.id, c.state, c.given_at, c.expires_at,
        coalesce(
            (SELECT m.marketing_needs_consent FROM call_limits m WHERE m.organisation_id = organisation), true
        )
    FROM (SELECT) AS one
    LEFT JOIN LATERAL (
        SELECT n.id, n.state, n.given_at, n.expires_at FROM consents n
        WHERE n.organisation_id = organisation AND n.address = reached
          AND n.channel = by_channel AND n.purpose = for_purpose
        ORDER BY n.given_at DESC, n.state DESC, n.number DESC
        LIMIT 1
    ) AS c ON true
$$;

-- All that a decision to call looks at and that is not on the call's own row. Both the claim and the last look before
-- the INVITE ask it, so that the two can never differ.
DROP FUNCTION call_facts(text, text, text, text);
CREATE FUNCTION call_facts(
    organisation text, called text, purpose text, campaign text, topic text, home text
)
RETURNS TABLE (
    suppression text, allowed_countries text[], calls_per_person integer, per_person_hours integer,
    recent_calls bigint, oldest_recent_call timestamptz,
    do_not_call text, consent_id text, consent_state text, consent_given_at timestamptz,
    consent_expires_at timestamptz, marketing_needs_consent boolean
)
LANGUAGE sql STABLE
AS $$
    SELECT
        w.suppression,
        CASE WHEN l.organisation_id IS NULL THEN ARRAY[home] ELSE l.allowed_countries END,
        CASE WHEN l.organisation_id IS NULL THEN 10 ELSE l.calls_per_person END,
        coalesce(l.per_person_hours, 24),
        r.n, r.oldest,
        w.do_not_call, w.consent_id, w.consent_state, w.consent_given_at, w.consent_expires_at,
        w.marketing_needs_consent
    FROM contact_facts(organisation, called, 'call', purpose, campaign, topic) AS w
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
