"""The console's files: what is kept for how long, which policy goes with the page, what is not to be had."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from callwright.console.site import Site

PAGE = '<!doctype html><meta name="callwright-nonce" content="__NONCE__"><div id="root"></div>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "built"
    (built / "assets").mkdir(parents=True)
    (built / ".vite").mkdir()
    (built / ".vite" / "manifest.json").write_text("{}")
    (built / "index.html").write_text(PAGE)
    (built / "icon.svg").write_text("<svg/>")
    (built / "assets" / "index-abc.js").write_text("let plain")
    (built / "assets" / "index-abc.js.br").write_bytes(b"brotli")
    (built / "assets" / "index-abc.js.gz").write_bytes(b"gzip")
    (tmp_path / "secret.key").write_text("secret")
    return built


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    app = Starlette()
    Site(folder).install(app)
    with TestClient(app, follow_redirects=False) as made:
        yield made


@pytest.mark.parametrize("path", ["/app/", "/app/calls/cal_1", "/app/sign-in?next=%2Fcalls"])
def test_every_address_is_the_page(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    (nonce,) = re.findall(r"'nonce-([\w-]+)'", policy)
    assert f'content="{nonce}"' in answer.text
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    # the number is another one each time
    assert client.get(path).text != answer.text


def test_files_with_a_hash_are_kept_for_a_year(client: TestClient) -> None:
    answer = client.get("/app/assets/index-abc.js", headers={"Accept-Encoding": "identity"})
    assert (answer.text, answer.headers["content-type"]) == ("let plain", "text/javascript; charset=utf-8")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("accepted", "sent"), [("gzip, br", "br"), ("gzip;q=1.0", "gzip")])
def test_the_compressed_copy_is_sent(client: TestClient, accepted: str, sent: str) -> None:
    with client.stream("GET", "/app/assets/index-abc.js", headers={"Accept-Encoding": accepted}) as answer:
        assert answer.headers["content-encoding"] == sent
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["vary"] == "Accept-Encoding"


def test_files_beside_the_page(client: TestClient) -> None:
    assert client.get("/app/icon.svg").headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "path",
    [
        "/app/assets/missing.js",
        "/app/assets/..%2findex.html",
        "/app/assets/%2e%2e%2f%2e%2e%2fsecret.key",
        "/app/assets/.x",
    ],
)
def test_what_is_not_there_is_not_the_page(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/app/../secret.key", "/app/%2e%2e/secret.key", "/app/.vite/manifest.json"])
def test_nothing_else_of_the_disk_is_shown(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert "secret" not in answer.text
    assert answer.status_code in {200, 404}
    assert answer.status_code == 404 or 'id="root"' in answer.text


def test_people_who_ask_for_the_root_come_to_the_console(client: TestClient) -> None:
    browser = client.get("/", headers={"Accept": "text/html,application/xhtml+xml"})
    assert (browser.status_code, browser.headers["location"]) == (302, "/app/")
    assert client.get("/app").headers["location"] == "/app/"
    assert client.get("/", headers={"Accept": "*/*"}).status_code == 404


def test_a_console_that_was_not_built_says_how(tmp_path: Path) -> None:
    app = Starlette()
    Site(tmp_path).install(app)
    with TestClient(app) as client:
        answer = client.get("/app/")
    assert answer.status_code == 503
    assert "scripts/console" in answer.text
