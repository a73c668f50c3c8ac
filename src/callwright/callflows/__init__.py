"""Flows that people keep under a name: drafts, published versions, and starters to begin from."""
