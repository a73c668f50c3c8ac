-- Rates, the double-entry ledger, budgets.
SELECT 1;
