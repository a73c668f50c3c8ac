-- Time zones of postcodes and cities, and what contacts' addresses tell of theirs.

-- Filled from a package at the first start: contacts/places.py. It is nobody's data.
CREATE TABLE places (
    -- 'US 85001', 'US AZ phoenix' or 'US phoenix': country, then postcode, or region and city in small letters
    place text COLLATE "C" PRIMARY KEY,
    -- IANA names separated by blanks: several where places of one name lie in several zones
    zones text NOT NULL
);

ALTER TABLE contacts
    -- the zones in which the person is, and where that is known from unless they said so themselves: '@postcode' or
    -- '@city' behind the zones, see rules/zones.py
    ADD COLUMN known_zone text COLLATE "C";

-- What an address tells; the country is the organisation's where the address names none.
CREATE FUNCTION zone_of_address(
    organisation text, in_country text, in_region text, by_postcode text, in_city text
)
RETURNS text LANGUAGE sql STABLE
AS $$
    SELECT found.zones FROM (
        SELECT coalesce(upper(in_country), (SELECT o.region FROM organisations o WHERE o.id = organisation)) AS country
    ) AS c
    CROSS JOIN LATERAL (
        SELECT 1 AS rank, p.zones || ' @postcode' AS zones
        FROM places p WHERE p.place = c.country || ' ' || left(regexp_replace(by_postcode, '\s', '', 'g'), 5)
        UNION ALL
        SELECT 2, p.zones || ' @city' FROM places p
        WHERE p.place = c.country || ' ' || upper(trim(in_region)) || ' ' || lower(trim(in_city))
        UNION ALL
        SELECT 3, p.zones || ' @city' FROM places p WHERE p.place = c.country || ' ' || lower(trim(in_city))
    ) AS found
    ORDER BY found.rank LIMIT 1
$$;

CREATE FUNCTION contact_knows_zone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.known_zone := coalesce(
        NEW.time_zone,
        CASE WHEN NEW.postcode IS NOT NULL OR NEW.city IS NOT NULL THEN
            zone_of_address(NEW.organisation_id, NEW.country, NEW.region, NEW.postcode, NEW.city)
        END
    );
    RETURN NEW;
END
$$;
CREATE TRIGGER contacts_zone_of_new BEFORE INSERT ON contacts FOR EACH ROW
    WHEN (NEW.time_zone IS NOT NULL OR NEW.postcode IS NOT NULL OR NEW.city IS NOT NULL)
    EXECUTE FUNCTION contact_knows_zone();
CREATE TRIGGER contacts_zone BEFORE UPDATE OF time_zone, country, region, postcode, city ON contacts FOR EACH ROW
    EXECUTE FUNCTION contact_knows_zone();
