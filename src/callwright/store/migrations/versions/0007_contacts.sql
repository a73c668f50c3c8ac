-- People, groups, saved filters, imports.
SELECT 1;
