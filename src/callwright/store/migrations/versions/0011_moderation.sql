-- Approval of texts and audio before they are heard.

-- Without a row nothing has to be approved.
CREATE TABLE approval_settings (
    organisation_id text PRIMARY KEY REFERENCES organisations,
    texts boolean NOT NULL DEFAULT false,
    audio boolean NOT NULL DEFAULT false,
    -- who asks may not be who decides
    second_person boolean NOT NULL DEFAULT false
);

-- One content, asked for once: what was approved is known again by its hash.
CREATE TABLE approvals (
    id text PRIMARY KEY,
    number bigint NOT NULL DEFAULT nextval('object_numbers') UNIQUE,
    organisation_id text NOT NULL REFERENCES organisations,
    kind text NOT NULL CHECK (kind IN ('text', 'audio')),
    -- SHA-256: approvals/content.py says of what
    hash bytea NOT NULL,
    -- the text as it is spoken or sent, with its placeholders; the name of an audio file
    content text NOT NULL,
    -- of an audio file
    audio_id text,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'rejected')),
    requested_by text REFERENCES users,
    requested_key text REFERENCES api_keys,
    requested_at timestamptz NOT NULL DEFAULT now(),
    decided_by text REFERENCES users,
    decided_key text REFERENCES api_keys,
    decided_at timestamptz,
    UNIQUE (organisation_id, kind, hash)
);
CREATE INDEX approvals_queue ON approvals (organisation_id, number DESC) WHERE state = 'pending';
CREATE INDEX approvals_listed ON approvals (organisation_id, number DESC);

CREATE TABLE approval_comments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    approval_id text NOT NULL REFERENCES approvals ON DELETE CASCADE,
    user_id text REFERENCES users,
    key_id text REFERENCES api_keys,
    comment text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX approval_comments_of ON approval_comments (approval_id, id);

-- What a stored flow says, as far as it had to be approved.
CREATE TABLE flow_approvals (
    organisation_id text NOT NULL REFERENCES organisations,
    flow_id text NOT NULL REFERENCES flows ON DELETE CASCADE,
    approval_id text NOT NULL REFERENCES approvals ON DELETE CASCADE,
    PRIMARY KEY (flow_id, approval_id)
);
CREATE INDEX flow_approvals_of ON flow_approvals (approval_id);

-- A held call waits for somebody's decision and costs the dialer nothing.
ALTER TABLE calls ADD COLUMN held boolean NOT NULL DEFAULT false;
DROP INDEX calls_due;
CREATE INDEX calls_due ON calls (organisation_id, priority DESC, due_at, number) WHERE status = 'queued' AND NOT held;
CREATE INDEX calls_held ON calls (organisation_id, flow_id) WHERE held;
