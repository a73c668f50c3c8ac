-- Who is told when all that an order made is over.
CREATE TABLE order_reports (
    order_id text PRIMARY KEY REFERENCES orders ON DELETE CASCADE,
    organisation_id text NOT NULL REFERENCES organisations,
    -- empty once it is sent: they are nobody's business any more
    emails text[] NOT NULL,
    -- E.164
    numbers text[] NOT NULL,
    sent_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX order_reports_open ON order_reports (created_at) WHERE sent_at IS NULL;
