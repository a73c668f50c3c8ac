-- Calls that people make to us. What a number does with them:
ALTER TABLE numbers ADD COLUMN inbound_enabled boolean NOT NULL DEFAULT true;
-- a flow as authors write it; none: the call-back flow (flows/callback.py)
ALTER TABLE numbers ADD COLUMN inbound_flow jsonb;
-- whom the call-back flow connects a caller with: E.164 or Ext:1000
ALTER TABLE numbers ADD COLUMN forward_to text;
-- where the events of inbound calls are posted
ALTER TABLE numbers ADD COLUMN inbound_webhook_url text;
ALTER TABLE numbers ADD COLUMN inbound_webhook_events text[] NOT NULL DEFAULT '{}';
CREATE INDEX numbers_e164 ON numbers (e164);

-- What the call-back flow says of us; none: the organisation's name.
ALTER TABLE organisations ADD COLUMN spoken_name text;
-- Days for which a message is played again to the one it was sent to.
ALTER TABLE organisations ADD COLUMN callback_days integer NOT NULL DEFAULT 30
    CHECK (callback_days BETWEEN 0 AND 365);

-- Of an inbound call to_number is ours and from_number the caller's ('' when it was withheld).
ALTER TABLE calls ADD COLUMN direction text NOT NULL DEFAULT 'outbound' CHECK (direction IN ('outbound', 'inbound'));
ALTER TABLE attempts ADD COLUMN direction text NOT NULL DEFAULT 'outbound'
    CHECK (direction IN ('outbound', 'inbound'));


-- One number never rings for two attempts of an organisation at once; two people may call one number of ours.
DROP INDEX attempts_live_number;
CREATE UNIQUE INDEX attempts_live_number ON attempts (organisation_id, to_number)
    WHERE state <> 'ended' AND direction = 'outbound';
