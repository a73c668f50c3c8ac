"""Money: rates, balances, the double-entry ledger, budgets, statements."""
