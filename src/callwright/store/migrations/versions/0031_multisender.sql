-- What the Multisender dialect shows of audio and people.

ALTER TABLE audio
    -- as people read it
    ADD COLUMN description text NOT NULL DEFAULT '';

ALTER TABLE users
    -- beside name, where they were given apart
    ADD COLUMN first_name text,
    ADD COLUMN last_name text,
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
