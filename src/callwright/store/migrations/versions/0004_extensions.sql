-- Softphones that register with us.
SELECT 1;
