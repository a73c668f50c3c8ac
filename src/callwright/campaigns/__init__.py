"""Campaigns: many people, one after another or many at once, within every limit."""
