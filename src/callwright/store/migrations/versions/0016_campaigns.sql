-- Campaigns, their recipients, lanes and counts.
SELECT 1;
