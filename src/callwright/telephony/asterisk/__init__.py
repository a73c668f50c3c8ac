"""Asterisk 22 as the telephone engine: found or unpacked, configured, supervised, driven by ARI."""
