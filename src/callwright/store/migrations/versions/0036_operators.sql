-- Whose owners and managers look after the installation: its trunks, which carry everybody's calls.

ALTER TABLE organisations
    -- the one of the set-up link; others by `callwright orgs operates`
    ADD COLUMN operates boolean NOT NULL DEFAULT false;

-- the organisation-wide list of deliveries, newest first, and its filters
CREATE INDEX deliveries_listed ON deliveries (organisation_id, ordinal);
CREATE INDEX deliveries_failed ON deliveries (organisation_id, ordinal) WHERE state = 'failed';
