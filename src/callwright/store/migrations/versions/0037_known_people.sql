-- People who are named by a telephone number: found, or added, in one round trip.
-- Each statement of a volatile function sees what was committed before it began, so whoever waited for a lock sees whom
-- the other one has added.
-- ``named``: [{"id": of a new one, "e164": …, "first_name": …, "last_name": …}], each number once.
CREATE FUNCTION known_people(organisation text, fence text, owner text, from_sandbox boolean, named jsonb)
RETURNS TABLE (e164 text, id text, number bigint, nameless boolean) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    missing text[];
BEGIN
    SELECT array_agg(n.e164 ORDER BY n.e164) INTO missing
    FROM jsonb_to_recordset(named) AS n(e164 text)
    WHERE NOT EXISTS (
        SELECT FROM contact_numbers k JOIN contacts c ON c.id = k.contact_id
        WHERE k.organisation_id = organisation AND k.e164 = n.e164 AND c.merged_into IS NULL
          AND (fence IS NULL OR c.owner_id = fence)
    );
    IF missing IS NOT NULL THEN
        -- Two requests that bring the same new number would both add it. Who brings many holds everybody: one lock each
        -- would fill the table of locks. Who brings few holds each, in the order of the list, but not against others
        -- who bring few.
        IF cardinality(missing) > 20 THEN
            PERFORM pg_advisory_xact_lock(hashtextextended('known_people/' || organisation, 0));
        ELSE
            PERFORM pg_advisory_xact_lock_shared(hashtextextended('known_people/' || organisation, 0));
            PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws('/', 'known_person', organisation, n), 0))
            FROM unnest(missing) AS n;
        END IF;
        WITH people AS (
            SELECT n.* FROM jsonb_to_recordset(named) AS n(id text, e164 text, first_name text, last_name text)
            WHERE n.e164 = ANY(missing) AND NOT EXISTS (
                SELECT FROM contact_numbers k JOIN contacts c ON c.id = k.contact_id
                WHERE k.organisation_id = organisation AND k.e164 = n.e164 AND c.merged_into IS NULL
                  AND (fence IS NULL OR c.owner_id = fence)
            )
        ), added AS (
            INSERT INTO contacts (id, organisation_id, owner_id, first_name, last_name, sandbox)
            SELECT p.id, organisation, owner, p.first_name, p.last_name, from_sandbox FROM people p
        )
        INSERT INTO contact_numbers (organisation_id, contact_id, position, e164)
        SELECT organisation, p.id, 0, p.e164 FROM people p;
    END IF;
    -- of several people with one number, the first
    RETURN QUERY
    SELECT DISTINCT ON (k.e164) k.e164, c.id, c.number, c.first_name IS NULL AND c.last_name IS NULL
    FROM contact_numbers k JOIN contacts c ON c.id = k.contact_id
    WHERE k.organisation_id = organisation AND (fence IS NULL OR c.owner_id = fence) AND c.merged_into IS NULL
      AND k.e164 = ANY(ARRAY(SELECT n.e164 FROM jsonb_to_recordset(named) AS n(e164 text)))
    ORDER BY k.e164, c.id;
END
$$;
