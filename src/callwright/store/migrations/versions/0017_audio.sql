-- Audio of organisations.
SELECT 1;
