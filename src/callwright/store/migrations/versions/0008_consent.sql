-- Consents, opt-outs by channel and topic, do-not-call lists.
SELECT 1;
