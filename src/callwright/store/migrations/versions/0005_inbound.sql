-- Calls that people make to us.
SELECT 1;
