"""Calls and their attempts: what was asked for, what happened, what came of it."""
