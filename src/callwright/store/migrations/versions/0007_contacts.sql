-- People, groups, saved filters, imports.

-- The organisation's own fields of a person: a filter must know the type, so nothing is stored without a definition.
CREATE TABLE contact_fields (
    organisation_id text NOT NULL REFERENCES organisations,
    -- as filters and templates write it
    name text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    type text NOT NULL CHECK (type IN ('text', 'number', 'boolean', 'date')),
    -- as people read it, such as the column of a file
    label text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, name)
);

CREATE TABLE imports (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    owner_id text REFERENCES users,
    -- digits of telephone numbers without '+' are read as a sandbox key reads them
    sandbox boolean NOT NULL DEFAULT false,
    state text NOT NULL DEFAULT 'uploaded' CHECK (state IN (
        'uploaded', 'queued', 'running', 'completed', 'cancelled', 'failed', 'undoing', 'undone'
    )),
    file_name text NOT NULL,
    bytes bigint NOT NULL,
    encoding text NOT NULL,
    delimiter text NOT NULL,
    has_header boolean NOT NULL,
    columns text[] NOT NULL,
    -- column to field, what to do with duplicates, region of national numbers: contacts/importing/plan.py
    plan jsonb,
    group_id text,
    -- records of the file that are done with, each of them exactly one of the four below
    processed integer NOT NULL DEFAULT 0,
    created integer NOT NULL DEFAULT 0,
    updated integer NOT NULL DEFAULT 0,
    skipped integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    -- bytes of the file that were read, for the progress
    bytes_read bigint NOT NULL DEFAULT 0,
    cancel_requested boolean NOT NULL DEFAULT false,
    -- why it failed as a whole, in words
    error text,
    -- what an undo took back, and what it left because it was changed since
    removed integer NOT NULL DEFAULT 0,
    restored integer NOT NULL DEFAULT 0,
    kept integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX imports_listed ON imports (organisation_id, number DESC);

-- Columns that are compared for order say COLLATE "C": code points, whatever the database's own collation is.
CREATE TABLE contacts (
    id text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers'),
    organisation_id text NOT NULL REFERENCES organisations,
    -- whose it is, for the fence of subusers
    owner_id text REFERENCES users,
    external_id text COLLATE "C",
    first_name text COLLATE "C",
    last_name text COLLATE "C",
    title text COLLATE "C",
    company text COLLATE "C",
    -- BCP 47 and IANA
    language text COLLATE "C",
    time_zone text COLLATE "C",
    street text COLLATE "C",
    postcode text COLLATE "C",
    city text COLLATE "C",
    region text COLLATE "C",
    -- ISO 3166
    country text COLLATE "C",
    tags text[] COLLATE "C" NOT NULL DEFAULT '{}',
    -- own fields by name; values have the type of their definition, an absent value has no key
    fields jsonb NOT NULL DEFAULT '{}',
    -- counts changes, so that an undo knows whether it would overwrite somebody's work
    revision integer NOT NULL DEFAULT 1,
    -- the import that made it
    import_id text,
    -- the person that this one turned out to be; what it held is in contact_merges
    merged_into text COLLATE "C" REFERENCES contacts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX contacts_listed ON contacts (organisation_id, number DESC);
-- audiences are read in the order of ids
CREATE INDEX contacts_audience ON contacts (organisation_id, id) WHERE merged_into IS NULL;
CREATE UNIQUE INDEX contacts_external ON contacts (organisation_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX contacts_import ON contacts (import_id, number) WHERE import_id IS NOT NULL;
CREATE INDEX contacts_merged ON contacts (merged_into) WHERE merged_into IS NOT NULL;
-- own fields by equality: fields @> '{"plan": "gold"}'
CREATE INDEX contacts_fields ON contacts USING gin (fields jsonb_path_ops);

-- words of a person, for the search box
CREATE FUNCTION contact_words(first_name text, last_name text, company text, city text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN to_tsvector(
        'pg_catalog.simple'::regconfig,
        coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(company, '') || ' '
        || coalesce(city, '')
    );
CREATE INDEX contacts_words ON contacts USING gin (contact_words(first_name, last_name, company, city));

-- Position 0 is the primary one. Here and below the organisation is the person's: a reference of its own would only cost
-- a look-up for each row of an import.
CREATE TABLE contact_numbers (
    organisation_id text NOT NULL,
    contact_id text COLLATE "C" NOT NULL REFERENCES contacts ON DELETE CASCADE,
    position smallint NOT NULL,
    e164 text COLLATE "C" NOT NULL,
    type text NOT NULL DEFAULT 'mobile' CHECK (type IN ('mobile', 'home', 'work', 'other')),
    label text,
    PRIMARY KEY (contact_id, position)
);
CREATE INDEX contact_numbers_found ON contact_numbers (organisation_id, e164);

CREATE TABLE contact_emails (
    organisation_id text NOT NULL,
    contact_id text COLLATE "C" NOT NULL REFERENCES contacts ON DELETE CASCADE,
    position smallint NOT NULL,
    -- lower case
    address text COLLATE "C" NOT NULL,
    type text NOT NULL DEFAULT 'other' CHECK (type IN ('home', 'work', 'other')),
    label text,
    PRIMARY KEY (contact_id, position)
);
CREATE INDEX contact_emails_found ON contact_emails (organisation_id, address);

CREATE TABLE groups (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    owner_id text REFERENCES users,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX groups_listed ON groups (organisation_id, number DESC);
CREATE UNIQUE INDEX groups_named ON groups (organisation_id, coalesce(owner_id, ''), name);
ALTER TABLE imports ADD FOREIGN KEY (group_id) REFERENCES groups ON DELETE SET NULL;

CREATE TABLE group_members (
    organisation_id text NOT NULL,
    group_id text NOT NULL REFERENCES groups ON DELETE CASCADE,
    contact_id text COLLATE "C" NOT NULL REFERENCES contacts ON DELETE CASCADE,
    -- the import that put it there, for its undo
    import_id text,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (group_id, contact_id)
);
CREATE INDEX group_members_contact ON group_members (contact_id);

-- Saved filters.
CREATE TABLE segments (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    owner_id text REFERENCES users,
    name text NOT NULL,
    -- the tree; its text is written from it
    expression jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX segments_listed ON segments (organisation_id, number DESC);
CREATE UNIQUE INDEX segments_named ON segments (organisation_id, coalesce(owner_id, ''), name);

-- Records of a file that were not taken.
CREATE TABLE import_errors (
    organisation_id text NOT NULL,
    import_id text NOT NULL REFERENCES imports ON DELETE CASCADE,
    ordinal bigint GENERATED ALWAYS AS IDENTITY,
    -- line of the file on which the record begins, from 1
    line integer NOT NULL,
    field text NOT NULL,
    reason text NOT NULL,
    value text,
    PRIMARY KEY (import_id, ordinal)
);

-- What an import found before it changed it.
CREATE TABLE import_changes (
    organisation_id text NOT NULL,
    import_id text NOT NULL REFERENCES imports ON DELETE CASCADE,
    contact_id text COLLATE "C" NOT NULL REFERENCES contacts ON DELETE CASCADE,
    -- the row, its numbers and its addresses
    before jsonb NOT NULL,
    -- what the contact's revision was after the change
    revision integer NOT NULL,
    PRIMARY KEY (import_id, contact_id)
);
CREATE INDEX import_changes_contact ON import_changes (contact_id);

-- Two that were found to be one person, and what it takes to part them again.
CREATE TABLE contact_merges (
    organisation_id text NOT NULL,
    lost_id text COLLATE "C" PRIMARY KEY REFERENCES contacts ON DELETE CASCADE,
    kept_id text COLLATE "C" NOT NULL REFERENCES contacts ON DELETE CASCADE,
    -- both as they were; NULL when it can no longer be undone
    before jsonb,
    -- what the kept one's revision was after the merge
    revision integer NOT NULL,
    merged_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX contact_merges_kept ON contact_merges (kept_id);

-- The person a call is for, when the organisation knew the number.
ALTER TABLE calls ADD COLUMN contact_id text COLLATE "C" REFERENCES contacts ON DELETE SET NULL;
CREATE INDEX calls_contact ON calls (contact_id, number DESC) WHERE contact_id IS NOT NULL;

-- What stands for the number of a person who was erased: the same number has the same token, and only there.
ALTER TABLE organisations ADD COLUMN erasure_salt bytea NOT NULL
    DEFAULT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');
CREATE FUNCTION erased_token(organisation text, address text) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT 'erased:' || left(encode(sha256(o.erasure_salt || convert_to(address, 'UTF8')), 'hex'), 40)
    FROM public.organisations o WHERE o.id = organisation
$$;

-- What belongs to a person: numbers, addresses, and which of both asked for silence, on which channels (* is every one).
CREATE FUNCTION contact_details(organisation text, contact text)
    RETURNS TABLE (numbers jsonb, emails jsonb, opted_out jsonb)
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT
        coalesce((
            SELECT jsonb_agg(jsonb_build_object('e164', n.e164, 'type', n.type, 'label', n.label) ORDER BY n.position)
            FROM contact_numbers n WHERE n.contact_id = contact
        ), '[]'),
        coalesce((
            SELECT jsonb_agg(jsonb_build_object('address', m.address, 'type', m.type, 'label', m.label) ORDER BY m.position)
            FROM contact_emails m WHERE m.contact_id = contact
        ), '[]'),
        coalesce((
            SELECT jsonb_object_agg(o.address, o.channels)
            FROM (
                SELECT s.e164 AS address,
                       jsonb_agg(CASE s.scope WHEN 'organisation' THEN '*' ELSE s.scope_key END) AS channels
                FROM (
                    SELECT n.e164 AS address FROM contact_numbers n WHERE n.contact_id = contact
                    UNION SELECT m.address FROM contact_emails m WHERE m.contact_id = contact
                ) a,
                -- OFFSET: address by address, however long the list is
                LATERAL (
                    SELECT x.e164, x.scope, x.scope_key FROM suppressions x
                    WHERE x.organisation_id = organisation AND x.e164 = a.address OFFSET 0
                ) s
                WHERE s.scope IN ('organisation', 'channel')
                GROUP BY s.e164
            ) o
        ), '{}')
$$;

-- Opt-outs of people who were erased: the number stands here only as its token, and comes back when the organisation
-- itself names the number again. So an erased person is not called, and nobody can read who it was.
CREATE TABLE kept_suppressions (
    -- the row of suppressions without its number
    id text PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    token text NOT NULL,
    entry jsonb NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX kept_suppressions_found ON kept_suppressions (organisation_id, token);

CREATE FUNCTION restore_suppressions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- nearly always there are none, and that must cost nothing
    IF EXISTS (SELECT FROM kept_suppressions) THEN
        WITH named AS (
            SELECT DISTINCT organisation_id, to_number FROM made WHERE direction = 'outbound'
        ), back AS (
            DELETE FROM kept_suppressions k USING named n
            WHERE k.organisation_id = n.organisation_id AND k.token = erased_token(n.organisation_id, n.to_number)
            RETURNING k.entry || jsonb_build_object('e164', n.to_number) AS entry
        )
        INSERT INTO suppressions SELECT r.* FROM back, jsonb_populate_record(NULL::suppressions, back.entry) AS r
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
-- after the statement, so that the look before the INVITE finds the entry
CREATE TRIGGER calls_restore_suppressions AFTER INSERT ON calls
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION restore_suppressions();
