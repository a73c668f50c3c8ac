"""What is written for Asterisk: trunks as endpoints, nothing from a value that could open a section of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from callwright.errors import SetupError
from callwright.telephony.asterisk import dialplan
from callwright.telephony.asterisk.configuration import ControlConfig, NodeConfig, TrunkConfig, endpoints, files, write
from callwright.telephony.asterisk.install import AsteriskProgram

PROGRAM = AsteriskProgram(
    binary=Path("/x/asterisk"),
    modules_dir=Path("/x/modules"),
    data_dir=Path("/x/data"),
    version="22.0",
    source="debian",
)


def config(base: Path, *, control: bool = True) -> NodeConfig:
    return NodeConfig(
        base=base,
        run_dir=base / "run",
        program=PROGRAM,
        name="node1",
        sip_host="127.0.0.1",
        sip_port=5060,
        rtp_start=20000,
        rtp_end=20999,
        dialplan=dialplan.engine("cw-node1", None),
        endpoints=endpoints([TrunkConfig(name="provider", host="sip.example", username="4711", password="s3cret")]),
        control=ControlConfig(application="cw-node1", port=18700, user="callwright", password="pw")
        if control
        else None,
    )


def test_a_trunk_with_credentials_answers_challenges(tmp_path: Path) -> None:
    text = files(config(tmp_path))["pjsip_endpoints.conf"]
    assert "contact = sip:sip.example:5060\n" in text
    assert "outbound_auth = provider" in text
    assert "username = 4711\npassword = s3cret" in text


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "a]\n[b"},
        {"name": "Provider"},
        {"host": "sip.example\ntype=endpoint"},
        {"host": "sip.example;comment"},
        {"host": ""},
        {"port": 0},
        {"transport": "wss"},
        {"codecs": "ulaw\nallow=all"},
        {"username": "a;b"},
        {"username": "a", "password": "line\nbreak"},
        {"username": "a", "password": "comment;"},
        {"username": "a]b"},
        {"dtmf_mode": "telepathy"},
    ],
)
def test_a_value_that_could_change_the_configuration_is_refused(fields: dict[str, object]) -> None:
    good: dict[str, object] = {"name": "provider", "host": "sip.example"}
    with pytest.raises(SetupError, match="trunk"):
        TrunkConfig(**{**good, **fields})  # type: ignore[arg-type]


def test_the_engine_hears_of_calls_before_they_are_answered(tmp_path: Path) -> None:
    assert "subscribe_all = yes" in files(config(tmp_path))["ari.conf"]


def test_the_lab_has_neither_http_nor_ari(tmp_path: Path) -> None:
    written = files(config(tmp_path, control=False))
    assert "enabled = no" in written["http.conf"]
    assert "res_ari" not in written["modules.conf"]
    assert "app_senddtmf" in written["modules.conf"]


def test_files_are_for_their_owner_only_and_left_alone_when_unchanged(tmp_path: Path) -> None:
    write(config(tmp_path), None)
    path = tmp_path / "etc" / "pjsip_endpoints.conf"
    before = path.stat()
    assert before.st_mode & 0o777 == 0o600
    write(config(tmp_path), None)
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_a_password_does_not_show_in_a_representation() -> None:
    assert "s3cret" not in repr(TrunkConfig(name="p", host="h", username="u", password="s3cret"))
