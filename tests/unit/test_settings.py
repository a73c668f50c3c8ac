"""What is wrong in the environment is a sentence that names the variable."""

from __future__ import annotations

import sys

import pytest

from callwright import cli
from callwright.doctor import told_of_variables
from callwright.errors import SetupError
from callwright.settings import Settings, unknown_variables


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "eighty", "CALLWRIGHT_PORT must be a whole number, not 'eighty'"),
        ("SIP_PORT", "70000", "CALLWRIGHT_SIP_PORT must be 65535 or less, not '70000'"),
        ("LAB", "perhaps", "CALLWRIGHT_LAB must be true or false, not 'perhaps'"),
        ("DRAIN_SECONDS", "-1", "CALLWRIGHT_DRAIN_SECONDS must be 0 or more, not '-1'"),
        ("RECOGNISER", "ears", "CALLWRIGHT_RECOGNISER must be 'auto', 'whisper', 'pocketsphinx' or 'off', not 'ears'"),
        ("LOG_LEVEL", "loud", "CALLWRIGHT_LOG_LEVEL must be 'debug', 'info', 'warning' or 'error', not 'loud'"),
        (
            "PUBLIC_URL",
            "calls.example.com",
            "CALLWRIGHT_PUBLIC_URL must be an address such as https://calls.example.com, not 'calls.example.com'",
        ),
        ("MAIL_FROM", "me", "CALLWRIGHT_MAIL_FROM must be an email address such as calls@example.com, not 'me'"),
    ],
)
def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str) -> None:
    monkeypatch.setenv(f"CALLWRIGHT_{name}", value)
    with pytest.raises(SetupError) as raised:
        Settings()
    assert str(raised.value) == message


def test_all_wrong_variables_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLWRIGHT_PORT", "0")
    monkeypatch.setenv("CALLWRIGHT_RTP_START", "x")
    with pytest.raises(SetupError, match=r"CALLWRIGHT_PORT .*; CALLWRIGHT_RTP_START "):
        Settings()


def test_a_variable_without_a_value_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "DATABASE_URL", "PUBLIC_URL", "LOG_LEVEL"):
        monkeypatch.setenv(f"CALLWRIGHT_{name}", "")
    settings = Settings()
    assert (settings.port, settings.database_url, settings.public_url, settings.log_level) == (8080, None, None, "info")


def test_the_level_of_the_log_has_no_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLWRIGHT_LOG_LEVEL", "DEBUG")
    assert Settings().log_level == "debug"


def test_the_command_line_says_it_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALLWRIGHT_PORT", "eighty")
    monkeypatch.setattr(sys, "argv", ["callwright", "orgs", "list"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "callwright: CALLWRIGHT_PORT must be a whole number, not 'eighty'\n"


def test_names_that_nothing_reads_are_told() -> None:
    environment = {"CALLWRIGHT_PROT": "1", "CALLWRIGHT_PORT": "1", "CALLWRIGHT_SECRET_KEY": "", "PATH": "/bin"}
    assert unknown_variables(environment) == {"CALLWRIGHT_PROT": "CALLWRIGHT_PORT"}
    assert unknown_variables({"CALLWRIGHT_WHATEVER_ELSE": "1"}) == {"CALLWRIGHT_WHATEVER_ELSE": None}
    told = told_of_variables(environment)
    assert (told.state, told.text) == ("warning", "nothing reads CALLWRIGHT_PROT (did you mean CALLWRIGHT_PORT?)")
