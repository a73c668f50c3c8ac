-- A foreign key asks for the campaign once for each row, a fifth of what PostgreSQL does for a file of recipients. Whoever
-- adds or deletes recipients holds their list (lock_filling) and has seen the campaign since.
ALTER TABLE recipients DROP CONSTRAINT recipients_campaign_id_fkey;
