"""Caller ids and the trunks that carry them, and the numbers that must not be called."""
