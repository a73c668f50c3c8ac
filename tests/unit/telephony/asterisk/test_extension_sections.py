"""A softphone's sections: its own organisation, a password, no way to open a section of another's making."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.errors import SetupError
from callwright.telephony.asterisk.dialplan import engine
from callwright.telephony.asterisk.extension_sections import ExtensionConfig, sections

GOOD = {"username": "ext-7x1000", "password": "abcdefghijkl", "name": "Front desk"}


def test_the_organisation_comes_from_the_user_name() -> None:
    text = sections([ExtensionConfig(**GOOD)])
    assert "set_var = CW_ORGANISATION=7\n" in text
    assert 'callerid = "Front desk" <1000>\n' in text
    assert "auth = ext-7x1000\n" in text
    assert "anonymous" not in text


@pytest.mark.parametrize(
    "changed",
    [
        {"username": "alice"},
        {"username": "ext-7x1000\n[anonymous]"},
        {"username": "ext-x1000"},
        {"password": "short"},
        {"password": "abcdefghijkl;"},
        {"name": 'a"b'},
        {"name": "a\n[anonymous]"},
        {"name": "a;b"},
    ],
)
def test_what_could_mean_something_else_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(SetupError):
        ExtensionConfig(**{**GOOD, **changed})


def test_the_password_is_not_shown() -> None:
    assert GOOD["password"] not in repr(ExtensionConfig(**GOOD))


def test_softphones_dial_extensions_only() -> None:
    context = engine("cw-test", None).partition("[cw-phones]")[2].partition("[")[0]
    dialled = [line for line in context.splitlines() if "Dial(" in line]
    assert len(dialled) == 5
    assert all("Dial(PJSIP/ext-${CW_ORGANISATION}x${EXTEN}," in line for line in dialled)
    assert "@" not in context
