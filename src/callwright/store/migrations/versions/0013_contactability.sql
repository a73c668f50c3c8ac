-- All facts of a decision to call, with consents and lists.
SELECT 1;
