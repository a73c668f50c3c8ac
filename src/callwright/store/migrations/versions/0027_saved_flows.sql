-- Flows that people keep under a name, with versions; drafts of campaigns; links to a campaign's results.

-- The table flows holds what calls run, by content. These are what people work on.
CREATE TABLE saved_flows (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    owner_id text REFERENCES users,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    -- as its author left it; it may be unfinished
    draft jsonb NOT NULL,
    -- where the builder shows each step: {"menu": {"x": 0, "y": 120}}
    layout jsonb NOT NULL DEFAULT '{}',
    -- counts changes of draft and layout, so that two who edit at once notice
    revision integer NOT NULL DEFAULT 1,
    -- the newest version; NULL: none was published
    published integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX saved_flows_listed ON saved_flows (organisation_id, number DESC);
CREATE UNIQUE INDEX saved_flows_named ON saved_flows (organisation_id, coalesce(owner_id, ''), name);

-- Never changed.
CREATE TABLE flow_versions (
    organisation_id text NOT NULL,
    saved_flow_id text NOT NULL REFERENCES saved_flows ON DELETE CASCADE,
    version integer NOT NULL,
    -- canonical JSON, and its SHA-256 as in flows.hash: that tells which campaigns run it
    body jsonb NOT NULL,
    hash bytea NOT NULL,
    layout jsonb NOT NULL DEFAULT '{}',
    note text NOT NULL DEFAULT '',
    published_by text,
    published_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (saved_flow_id, version)
);

-- What somebody filled in of a campaign before it exists.
CREATE TABLE campaign_drafts (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    owner_id text REFERENCES users,
    sandbox boolean NOT NULL,
    name text NOT NULL,
    -- what the form says; nobody but the form reads it
    form jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX campaign_drafts_listed ON campaign_drafts (organisation_id, number DESC);

-- Whoever has the token sees a campaign's numbers, and nobody's name or telephone number, until it expires.
CREATE TABLE result_links (
    id text PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    campaign_id text NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    -- SHA-256 of the token
    hash bytea NOT NULL UNIQUE,
    created_by text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    opened integer NOT NULL DEFAULT 0,
    last_opened_at timestamptz
);
CREATE INDEX result_links_campaign ON result_links (campaign_id, created_at DESC);
