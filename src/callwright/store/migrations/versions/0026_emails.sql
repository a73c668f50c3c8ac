-- Openings and clicks of emails whose sender asked for it.
CREATE TABLE email_counts (
    message_id text NOT NULL REFERENCES messages ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('opened', 'clicked')),
    -- of a click: where it led
    url text NOT NULL DEFAULT '',
    times integer NOT NULL DEFAULT 1,
    first_at timestamptz NOT NULL DEFAULT now(),
    last_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (message_id, kind, url)
);

-- Codes that were mailed to an address to prove that it is the organisation's.
CREATE TABLE sender_codes (
    sender_id text PRIMARY KEY REFERENCES senders ON DELETE CASCADE,
    -- keyed hash: a code is short
    hash bytea NOT NULL,
    wrong integer NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Who gets the report of a campaign when it is over.
CREATE TABLE campaign_report_addresses (
    campaign_id text NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    organisation_id text NOT NULL REFERENCES organisations,
    address text NOT NULL,
    sent_at timestamptz,
    PRIMARY KEY (campaign_id, address)
);
CREATE INDEX campaign_reports_due ON campaign_report_addresses (campaign_id) WHERE sent_at IS NULL;
