"""Callwright: self-hosted automated outreach by telephone, text message and email."""

from __future__ import annotations

__version__ = "0.1.0"
