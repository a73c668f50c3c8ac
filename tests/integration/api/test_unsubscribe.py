"""The page behind a link to unsubscribe: looked at, pressed, clicked by a mail program, damaged."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from callwright.consents.links import UnsubscribeLinks, Wish
from callwright.errors import InvalidRequest
from callwright.store.secrets import SecretBox
from support.api import ApiUnderTest

ADDRESS = "sarah@example.com"


def link(api: ApiUnderTest, **fields: str) -> str:
    wish = Wish(organisation_id=api.organisation.id, **{"address": ADDRESS, "scope": "organisation", **fields})
    return api.services.consents.links.url("http://api.test/", wish)


async def entries(api: ApiUnderTest) -> list[dict[str, str]]:
    found: list[dict[str, str]] = (await api.live.get("/api/v1/suppressions")).json()["suppressions"]
    return found


async def test_looking_changes_nothing_and_pressing_enters_once(api: ApiUnderTest) -> None:
    url = link(api)
    page = await api.nobody.get(url)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert '<form method="post">' in page.text
    assert "Elm Street Dental" in page.text
    assert await entries(api) == []

    done = await api.nobody.post(url)
    assert done.status_code == 200
    assert ADDRESS in done.text
    (entry,) = await entries(api)
    assert (entry["to"], entry["scope"], entry["source"]) == (ADDRESS, "organisation", "link")
    assert (await api.nobody.post(url, data={"List-Unsubscribe": "One-Click"})).status_code == 200
    assert await entries(api) == [entry]
    told = await api.database.fetchval("SELECT body FROM events WHERE type = 'contact.optout'")
    assert (told["to"], told["source"]) == (ADDRESS, "link")


async def test_one_click_of_a_mail_program(api: ApiUnderTest) -> None:
    wish = Wish(organisation_id=api.organisation.id, address=ADDRESS, scope="topic", scope_key="Offers")
    headers = api.services.consents.links.headers("http://api.test", wish)
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = headers["List-Unsubscribe"].strip("<>")
    # without a cookie, a key or a redirect (RFC 8058, 3.2)
    answer = await api.nobody.post(url, data={"List-Unsubscribe": "One-Click"}, follow_redirects=False)
    assert answer.status_code == 200
    (entry,) = await entries(api)
    assert (entry["scope"], entry["scope_key"]) == ("topic", "offers")


@pytest.mark.parametrize(("asked", "shown"), [("de-AT,en;q=0.8", "de"), ("xx, fr;q=0.5", "fr"), ("", "en")])
async def test_the_page_speaks_the_persons_language(api: ApiUnderTest, asked: str, shown: str) -> None:
    page = await api.nobody.get(link(api), headers={"Accept-Language": asked})
    assert f'<html lang="{shown}">' in page.text
    assert '<html lang="es">' in (await api.nobody.get(link(api, language="es-MX"))).text


async def test_names_cannot_bring_markup(api: ApiUnderTest) -> None:
    await api.database.execute("UPDATE organisations SET name = '<b>x</b> {address} & co'")
    page = await api.nobody.get(link(api))
    assert "&lt;b&gt;x&lt;/b&gt; {address} &amp; co" in page.text


async def test_what_we_did_not_sign_is_not_there(api: ApiUnderTest) -> None:
    token = link(api).rpartition("/")[2]
    said, _, signature = token.partition(".")
    foreign = UnsubscribeLinks(SecretBox(Fernet.generate_key()))
    wish = Wish(organisation_id=api.organisation.id, address=ADDRESS, scope="organisation")
    flipped = ("B" if said[5] != "B" else "C").join((said[:5], said[6:]))
    for bad in (
        "x",
        "a.b",
        said,
        f"{said}.",
        f"{said}.{signature[:-2]}",
        f"{flipped}.{signature}",
        f"{token}x",
        "é.é",
        "A" * 5000,
        foreign.token(wish),
    ):
        for method in ("GET", "POST"):
            answer = await api.nobody.request(method, f"/unsubscribe/{bad}")
            assert answer.status_code == 404, bad
            assert "damaged" in answer.text
    assert await entries(api) == []


async def test_a_scope_that_does_not_exist_has_no_link(api: ApiUnderTest) -> None:
    with pytest.raises(InvalidRequest):
        link(api, scope="channel", scope_key="fax")
