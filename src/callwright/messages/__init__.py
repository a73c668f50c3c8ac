"""Text messages and emails: one table, one machine of states; what differs is in ``channels``."""
