"""Keys never go over a network in the clear, and what is wrong with TLS is said before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from callwright.errors import SetupError
from callwright.listening import listening
from callwright.settings import Settings
from support.certificates import make_certificate


def settings(**given: Any) -> Settings:
    return Settings(data_dir=Path("/nonexistent"), **given)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_plain_http_on_loopback(host: str) -> None:
    where = listening(settings(host=host))
    assert (where.cert, where.proxies) == (None, ())
    assert where.url.startswith("http://")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])
def test_plain_http_elsewhere_is_refused(host: str) -> None:
    with pytest.raises(SetupError, match="--tls-cert"):
        listening(settings(host=host))


def test_plain_http_behind_a_proxy() -> None:
    with pytest.raises(SetupError, match="CALLWRIGHT_TRUSTED_PROXIES"):
        listening(settings(host="0.0.0.0", behind_proxy=True))
    where = listening(settings(host="0.0.0.0", behind_proxy=True, trusted_proxies="10.0.0.1, fd00::/8"))
    assert where.proxies == ("10.0.0.1", "fd00::/8")


@pytest.mark.parametrize("proxies", ["proxy.example", "10.0.0.1/8", "*"])
def test_proxies_are_addresses(proxies: str) -> None:
    with pytest.raises(SetupError, match="CALLWRIGHT_TRUSTED_PROXIES"):
        listening(settings(trusted_proxies=proxies))


def test_tls(tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path)
    where = listening(settings(host="0.0.0.0", tls_cert=cert, tls_key=key, port=8443))
    assert (where.cert, where.key, where.url) == (cert, key, "https://0.0.0.0:8443")


def test_tls_that_cannot_work(tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path)
    for name in ("stranger", "locked"):
        (tmp_path / name).mkdir()
    _, stranger = make_certificate(tmp_path / "stranger")
    locked_cert, locked_key = make_certificate(tmp_path / "locked", password=b"hush")
    for given, says in (
        ({"tls_cert": cert}, "CALLWRIGHT_TLS_KEY"),
        ({"tls_key": key}, "CALLWRIGHT_TLS_CERT"),
        ({"tls_cert": tmp_path / "none.pem", "tls_key": key}, "cannot be read"),
        ({"tls_cert": cert, "tls_key": stranger}, "belong together"),
        ({"tls_cert": locked_cert, "tls_key": locked_key}, "no password"),
    ):
        with pytest.raises(SetupError, match=says):
            listening(settings(**given))
