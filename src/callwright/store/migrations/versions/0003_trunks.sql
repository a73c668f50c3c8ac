-- Without a port the engine asks DNS for SRV records.
ALTER TABLE trunks ALTER COLUMN port DROP NOT NULL;
ALTER TABLE trunks ALTER COLUMN port DROP DEFAULT;

-- 'national' writes numbers as they are dialled inside the region
ALTER TABLE trunks DROP CONSTRAINT trunks_number_format_check;
ALTER TABLE trunks ADD CHECK (number_format IN ('e164', 'plain', '00', 'national'));
ALTER TABLE trunks ADD COLUMN region text;
ALTER TABLE trunks ADD CHECK (number_format <> 'national' OR region IS NOT NULL);

-- Beginnings of the numbers that it carries, with '+'; none: every number.
ALTER TABLE trunks ADD COLUMN prefixes text[] NOT NULL DEFAULT '{}';
-- The lowest priority with room takes a call; trunks of one priority share by weight.
ALTER TABLE trunks ADD COLUMN priority integer NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 1000);
ALTER TABLE trunks ADD COLUMN weight integer NOT NULL DEFAULT 10 CHECK (weight BETWEEN 1 AND 1000);

-- What only the engine's configuration asks for: numbers/sip_options.py says the fields.
ALTER TABLE trunks ADD COLUMN options jsonb NOT NULL DEFAULT '{}';
