"""The routes that are about money, and the bodies that they read."""

from __future__ import annotations

from callwright.api.native import balance, budgets, ledger, rates, statements

RESOURCES = (balance, ledger, rates, budgets, statements)
BODIES = (
    balance.BalanceSettings,
    budgets.BudgetsRequest,
    budgets.CampaignBudgetRequest,
    statements.StatementMailing,
    statements.StatementMailRequest,
)
