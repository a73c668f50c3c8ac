"""Acceptance from outside: HTTP, SIP and the command line only, with a folder of evidence."""
