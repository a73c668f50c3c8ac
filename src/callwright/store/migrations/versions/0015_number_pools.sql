-- Caller ids from which calls take theirs.
CREATE TABLE number_pools (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    owner_id text REFERENCES users,
    name text NOT NULL,
    choice text NOT NULL CHECK (choice IN ('rotate', 'random', 'local')),
    -- how often a number was taken in turn; whoever takes one locks this row
    turn bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organisation_id, name)
);

CREATE TABLE number_pool_members (
    pool_id text NOT NULL REFERENCES number_pools ON DELETE CASCADE,
    number_id text NOT NULL REFERENCES numbers ON DELETE CASCADE,
    organisation_id text NOT NULL REFERENCES organisations,
    -- as its author listed them
    place integer NOT NULL,
    -- the pool's turn when it was taken last: the lowest goes next; 0: never
    last_turn bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (pool_id, number_id)
);
CREATE INDEX ON number_pool_members (number_id);

-- What the operator attests of it to other networks (RFC 8588); none: A once it is verified, B before.
ALTER TABLE numbers ADD COLUMN attestation text CHECK (attestation IN ('A', 'B', 'C'));

-- A only for a number whose right to be shown was proved; of a number that is not the organisation's nothing is claimed.
CREATE FUNCTION attestation_of(organisation text, shown text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT CASE WHEN n.enabled AND n.verified_at IS NOT NULL THEN coalesce(n.attestation, 'A')
                    WHEN n.attestation = 'C' THEN 'C'
                    ELSE 'B' END
        FROM numbers n WHERE n.organisation_id = organisation AND n.e164 = shown
    ), 'C')
$$;

-- Whether a trunk's calls may be signed: a PASSporT holds international numbers (RFC 8225), and would tell a withheld one.
CREATE FUNCTION trunk_signs(kind text, number_format text, options jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT kind = 'sip' AND number_format IN ('e164', 'plain')
       AND coalesce((options ->> 'sign_calls')::boolean, true)
       AND NOT coalesce((options ->> 'withhold_number')::boolean, false)
$$;

-- With what the INVITE was signed; none: it was not.
ALTER TABLE attempts ADD COLUMN attestation text CHECK (attestation IN ('A', 'B', 'C'));
