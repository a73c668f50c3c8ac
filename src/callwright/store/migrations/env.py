"""Alembic's entry: ``callwright.store.migrate`` hands in the connection; there is no other way to run."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
