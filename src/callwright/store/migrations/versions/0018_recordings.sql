-- Recordings of calls and of answers.

CREATE TABLE recordings (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    call_id text NOT NULL REFERENCES calls,
    attempt_id text NOT NULL REFERENCES attempts,
    sandbox boolean NOT NULL,
    -- the whole call with both sides, or what a callee said when a step asked for it
    kind text NOT NULL CHECK (kind IN ('call', 'answer')),
    -- of the engine's file, unique in the attempt: 'call', or the step's id and a number
    name text NOT NULL,
    step text,
    -- what is beyond it is cut off; NULL: nothing
    max_seconds integer,
    -- the engine that writes it; its dialer stores it
    node text NOT NULL,
    state text NOT NULL DEFAULT 'recording' CHECK (state IN ('recording', 'processing', 'ready', 'failed', 'deleted')),
    -- of a failure or deletion, in words
    reason text,
    -- whether silence shall be, and is, recorded in place of the call, because somebody asked for it
    pause_wanted boolean NOT NULL DEFAULT false,
    paused boolean NOT NULL DEFAULT false,
    -- the engine's files were taken, or are not wanted
    collected boolean NOT NULL DEFAULT false,
    seconds double precision,
    channels smallint,
    -- of the stored FLAC, and its SHA-256
    size_bytes bigint,
    hash bytea,
    -- {"language", "text", "pieces": [{"at", "side", "text"}]}
    transcript jsonb,
    transcript_state text CHECK (transcript_state IN ('waiting', 'ready', 'failed')),
    created_at timestamptz NOT NULL DEFAULT now(),
    ready_at timestamptz,
    deleted_at timestamptz,
    UNIQUE (attempt_id, name),
    CHECK ((state = 'ready') = (ready_at IS NOT NULL AND deleted_at IS NULL))
);
CREATE INDEX recordings_listed ON recordings (organisation_id, number DESC);
CREATE INDEX recordings_of_call ON recordings (call_id);
CREATE INDEX recordings_uncollected ON recordings (node) WHERE NOT collected;
CREATE INDEX recordings_unwritten ON recordings (number) WHERE transcript_state = 'waiting' AND state = 'ready';
CREATE INDEX recordings_kept ON recordings (organisation_id, ready_at) WHERE state = 'ready';

-- The sound, FLAC in pieces: what one node recorded every process can read, and the backup holds it.
CREATE TABLE recording_files (
    recording_id text NOT NULL REFERENCES recordings ON DELETE CASCADE,
    ordinal integer NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (recording_id, ordinal)
);
-- it is compressed already
ALTER TABLE recording_files ALTER COLUMN data SET STORAGE EXTERNAL;

-- Days after which the sound of a recording is deleted; NULL: it is kept until somebody deletes it.
ALTER TABLE organisations ADD COLUMN recordings_kept_days integer DEFAULT 90
    CHECK (recordings_kept_days BETWEEN 1 AND 3650);
