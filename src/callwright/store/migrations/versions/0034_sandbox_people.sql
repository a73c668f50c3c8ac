-- People, groups and filters that a sandbox key made: it changes and deletes these, and no others.
ALTER TABLE contacts ADD COLUMN sandbox boolean NOT NULL DEFAULT false;
ALTER TABLE groups ADD COLUMN sandbox boolean NOT NULL DEFAULT false;
ALTER TABLE segments ADD COLUMN sandbox boolean NOT NULL DEFAULT false;
