"""Customers' URLs in requests, each checked once."""

from __future__ import annotations

from collections.abc import Sequence

from callwright.events.addresses import Network
from callwright.events.urls import check_url


class UrlCheck:
    """Says what is wrong with a URL, for the networks that the operator allows."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = networks
        self._faults: dict[str, str | None] = {}

    def fault(self, url: str) -> str | None:
        """Return why webhooks can never go to ``url``, or ``None``."""
        if url not in self._faults:
            try:
                check_url(url, self._networks)
                self._faults[url] = None
            except ValueError as error:
                self._faults[url] = str(error)
        return self._faults[url]
