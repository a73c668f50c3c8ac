"""Filters over contacts: one language as text and as JSON, checked by type, evaluated in memory or as SQL. Pure."""
