-- Requests of an organisation's keys and people that were refused, with the reason; never a body or a secret.
CREATE TABLE refused_requests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id text NOT NULL REFERENCES organisations,
    at timestamptz NOT NULL DEFAULT now(),
    key_id text REFERENCES api_keys,
    user_id text REFERENCES users,
    sandbox boolean NOT NULL,
    -- native, or a dialect
    interface text NOT NULL,
    method text NOT NULL,
    -- without the query, which may hold secrets
    path text NOT NULL,
    -- of the error, whatever status the interface answers it with
    status smallint NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    request_id text,
    address text
);
CREATE INDEX refused_requests_listed ON refused_requests (organisation_id, id DESC);
CREATE INDEX refused_requests_old ON refused_requests (at);
