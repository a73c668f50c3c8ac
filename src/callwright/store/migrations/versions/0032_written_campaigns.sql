-- What a campaign's texts and emails say waits for approvals beside those of its flow.
CREATE TABLE campaign_approvals (
    organisation_id text NOT NULL REFERENCES organisations,
    campaign_id text NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    approval_id text NOT NULL REFERENCES approvals ON DELETE CASCADE,
    PRIMARY KEY (campaign_id, approval_id)
);
CREATE INDEX campaign_approvals_of ON campaign_approvals (approval_id);

-- What is written to somebody whom the call did not reach: from, to (absent: the contact's address), and a mail's
-- content.
ALTER TABLE calls ADD COLUMN fallback_email jsonb;

-- What a campaign's messages cost, beside its calls.
CREATE TRIGGER messages_count_price AFTER UPDATE OF price ON messages
    FOR EACH ROW WHEN (NEW.lane_id IS NOT NULL AND NEW.price IS DISTINCT FROM OLD.price)
    EXECUTE FUNCTION count_price();

-- The first and the newest messages of a campaign tell when it began and how fast it goes.
DROP INDEX messages_campaign;
CREATE INDEX messages_campaign ON messages (campaign_id, number) WHERE campaign_id IS NOT NULL;
