-- Texts that people send: see docs/decisions/0010-messages.md.

-- What a text answers: of an inbound one our last message to this person from this number, of one that is sent by itself
-- the text that it answers.
ALTER TABLE messages ADD COLUMN reply_to text;
-- Sent by itself: the answer to a STOP, START or HELP, to a keyword, somebody's text on its way to a colleague, a code.
ALTER TABLE messages ADD COLUMN automatic text
    CHECK (automatic IN ('stop', 'start', 'help', 'keyword', 'forward', 'code'));
-- What is said in the place of flows.sealed.MARK, sealed with the appliance's key; gone when the message has ended.
ALTER TABLE messages ADD COLUMN sealed text;
CREATE INDEX messages_sealed ON messages (id) WHERE sealed IS NOT NULL;

-- Codes come by text, too.
ALTER TABLE verifications DROP CONSTRAINT verifications_method_check;
ALTER TABLE verifications ADD CHECK (method IN ('flash', 'spoken', 'sms'));
ALTER TABLE verifications ADD COLUMN message_id text REFERENCES messages ON DELETE SET NULL;
CREATE UNIQUE INDEX verifications_message ON verifications (message_id) WHERE message_id IS NOT NULL;

-- Parts of long texts that wait for the others, and for some minutes afterwards: a centre may bring a part twice.
CREATE TABLE inbound_parts (
    route_id text NOT NULL REFERENCES routes ON DELETE CASCADE,
    sender text NOT NULL,
    recipient text NOT NULL,
    reference integer NOT NULL,
    total smallint NOT NULL,
    part smallint NOT NULL,
    data bytea NOT NULL,
    data_coding smallint NOT NULL,
    -- octets of the header that stood before the data, and the shift table that it names
    header smallint NOT NULL,
    single_shift smallint NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    -- the text that they became
    message_id text,
    PRIMARY KEY (route_id, sender, recipient, reference, total, part)
);
CREATE INDEX inbound_parts_received ON inbound_parts (received_at);

-- What sandbox keys see is theirs alone.
ALTER TABLE conversations ADD COLUMN sandbox boolean NOT NULL DEFAULT false;
ALTER TABLE conversations DROP CONSTRAINT conversations_organisation_id_channel_ours_theirs_key;
ALTER TABLE conversations ADD UNIQUE (organisation_id, channel, ours, theirs, sandbox);
