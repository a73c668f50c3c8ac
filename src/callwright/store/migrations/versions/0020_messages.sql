-- Text messages and emails.
SELECT 1;
