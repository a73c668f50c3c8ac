-- Files that go with emails: the same octets are stored once an organisation. Contents, campaigns and calls name them in
-- their JSON ({"attachments": [{"file": "fil_…", …}]}), because what is read for every call and message must stay small.
CREATE TABLE message_files (
    id text PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations ON DELETE CASCADE,
    -- SHA-256 of the octets
    hash bytea NOT NULL,
    octets bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- when it is looked whether something names it; NULL: a content does, which only an erasure ends
    check_at timestamptz DEFAULT now() + interval '1 day',
    -- when nothing was found that does; it is deleted a day later
    unused_since timestamptz,
    UNIQUE (organisation_id, hash)
);
-- what is compressed already; and a part of it is never asked for
ALTER TABLE message_files ALTER COLUMN octets SET STORAGE EXTERNAL;
CREATE INDEX message_files_to_check ON message_files (check_at) WHERE check_at IS NOT NULL;

-- Each holds only rows with files.
CREATE INDEX message_contents_files ON message_contents
    USING gin (jsonb_path_query_array(body, '$.attachments[*].file')) WHERE body ? 'attachments';
CREATE INDEX campaigns_files ON campaigns
    USING gin (jsonb_path_query_array(call_template, '$.*.attachments[*].file'))
    WHERE jsonb_path_exists(call_template, '$.*.attachments');
-- A call that has ended writes nothing any more.
CREATE INDEX calls_files ON calls
    USING gin (jsonb_path_query_array(fallback_email, '$.attachments[*].file'))
    WHERE fallback_email ? 'attachments' AND ended_at IS NULL;

-- What names a file: 'content', for as long as the person of its message is not erased; 'campaign' or 'call', for a while;
-- NULL: nothing.
CREATE FUNCTION use_of_file(organisation text, file text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN EXISTS (
            SELECT FROM message_contents c
            WHERE c.body ? 'attachments' AND jsonb_path_query_array(c.body, '$.attachments[*].file') ? file
              AND c.organisation_id = organisation
        ) THEN 'content'
        WHEN EXISTS (
            SELECT FROM campaigns g
            WHERE jsonb_path_exists(g.call_template, '$.*.attachments')
              AND jsonb_path_query_array(g.call_template, '$.*.attachments[*].file') ? file
              AND g.organisation_id = organisation
        ) THEN 'campaign'
        WHEN EXISTS (
            SELECT FROM calls c
            WHERE c.fallback_email ? 'attachments' AND c.ended_at IS NULL
              AND jsonb_path_query_array(c.fallback_email, '$.attachments[*].file') ? file
              AND c.organisation_id = organisation
        ) THEN 'call'
    END
$$;
