-- Audio of organisations.

CREATE TABLE audio (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    owner_id text REFERENCES users,
    sandbox boolean NOT NULL,
    name text NOT NULL,
    labels text[] NOT NULL DEFAULT '{}',
    source text NOT NULL CHECK (source IN ('upload', 'url', 'text', 'phone')),
    -- what it is made of: {"file_name"}, {"url"}, {"text", "voice", …}, {"to", "call_id"}
    origin jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'ready', 'failed')),
    -- of a failure
    reason text,
    -- how often its conversion was begun
    tries integer NOT NULL DEFAULT 0,
    -- SHA-256 of the file as it came
    source_hash bytea,
    -- SHA-256 of the sound as it is played: approvals know it again by this
    content_hash bytea,
    -- speech/convert/worker.py says what of
    facts jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    -- the row stays: calls of the past played it
    deleted_at timestamptz,
    CHECK ((state = 'ready') = (content_hash IS NOT NULL AND facts IS NOT NULL))
);
CREATE INDEX audio_listed ON audio (organisation_id, number DESC) WHERE deleted_at IS NULL;
CREATE INDEX audio_pending ON audio (updated_at) WHERE state = 'pending' AND deleted_at IS NULL;
CREATE INDEX audio_of_source ON audio (organisation_id, source_hash) WHERE deleted_at IS NULL;
CREATE INDEX audio_of_content ON audio (organisation_id, content_hash) WHERE deleted_at IS NULL;

-- The files themselves, in pieces; nodes keep copies by hash (docs/decisions/0008-audio.md).
CREATE TABLE audio_files (
    organisation_id text NOT NULL REFERENCES organisations,
    hash bytea NOT NULL,
    -- the file as it came, until it is converted; the sound as it is played; the same for listening
    kind text NOT NULL CHECK (kind IN ('source', 'flac', 'mp3')),
    ordinal integer NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (organisation_id, hash, kind, ordinal)
);
-- it is compressed already
ALTER TABLE audio_files ALTER COLUMN data SET STORAGE EXTERNAL;

-- What a stored flow plays.
CREATE TABLE flow_audio (
    organisation_id text NOT NULL REFERENCES organisations,
    flow_id text NOT NULL REFERENCES flows ON DELETE CASCADE,
    audio_id text NOT NULL REFERENCES audio,
    PRIMARY KEY (flow_id, audio_id)
);
CREATE INDEX flow_audio_of ON flow_audio (audio_id);
