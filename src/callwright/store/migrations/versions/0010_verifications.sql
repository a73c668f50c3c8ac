-- Proof of a caller id, flash calls and spoken codes, number pools.
SELECT 1;
