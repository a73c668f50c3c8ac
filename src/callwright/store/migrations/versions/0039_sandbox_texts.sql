-- Which templates and saved flows a sandbox key made: those alone it may change.
ALTER TABLE templates ADD COLUMN sandbox boolean NOT NULL DEFAULT false;
ALTER TABLE saved_flows ADD COLUMN sandbox boolean NOT NULL DEFAULT false;
