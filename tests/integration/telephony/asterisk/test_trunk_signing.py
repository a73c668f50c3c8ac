"""Signed calls (STIR/SHAKEN): what arrives at the provider is a PASSporT that the certificate verifies."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from callwright.telephony.asterisk.configuration import TrunkConfig
from callwright.telephony.asterisk.signing import KEY_FILE, read_signing
from callwright.telephony.port import DialRefused
from callwright.telephony.simulator import Callee
from support.certificates import make_certificate
from support.engine_node import EngineUnderTest, running_engine
from support.leg_contract import Call, request
from support.lines import lines
from support.passports import verified
from support.sipp import Invite

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]

URL = "https://certificates.example.com/callwright.pem"


@dataclass(frozen=True, kw_only=True)
class Signer:
    node: EngineUnderTest
    certificate: x509.Certificate
    key: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def signer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Signer]:
    cert_file, key_file = make_certificate(tmp_path_factory.mktemp("signing"))
    signing = read_signing(key_file, URL, cert_file)
    async with running_engine(signing=signing) as node:
        certificate = x509.load_pem_x509_certificate(cert_file.read_bytes())
        yield Signer(node=node, certificate=certificate, key=key_file.read_text())


async def invited(signer: Signer, trunk: dict[str, Any] | None = None, **changed: Any) -> Invite:
    sipp = signer.node.callee(Callee(status=486, rings_after=None))
    line = TrunkConfig(name="sipp", host="127.0.0.1", port=sipp.port, **(trunk or {}))
    try:
        async with lines(signer.node, line), asyncio.timeout(10):
            await Call(await signer.node.engine.dial(request(caller_name=None, **changed))).end()
        [invite] = sipp.invites()
    finally:
        signer.node.stop_callees()
    return invite


@pytest.mark.parametrize("level", ["A", "B", "C"])
async def test_a_call_is_signed_with_its_own_level(signer: Signer, level: str) -> None:
    before = datetime.now(UTC).timestamp()
    invite = await invited(signer, attestation=level)
    passport = verified(signer.certificate, invite)
    payload = passport.payload
    assert passport.header == {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": URL}
    assert payload.keys() == {"attest", "dest", "iat", "orig", "origid"}
    assert payload["attest"] == level
    assert payload["orig"] == {"tn": "15559990000"}
    assert payload["dest"] == {"tn": ["15550001111"]}
    assert before - 2 <= payload["iat"] <= datetime.now(UTC).timestamp() + 2
    assert passport.parameters == f"info=<{URL}>;alg=ES256;ppt=shaken"
    assert invite.header("Date") is not None


async def test_numbers_without_a_plus_are_signed_alike(signer: Signer) -> None:
    invite = await invited(signer, attestation="A", dial_string="15550001111", caller_number="15559990000")
    payload = verified(signer.certificate, invite).payload
    assert (payload["orig"], payload["dest"]) == ({"tn": "15559990000"}, {"tn": ["15550001111"]})


async def test_a_call_without_a_level_is_not_signed(signer: Signer) -> None:
    assert (await invited(signer)).header("Identity") is None


async def test_a_withheld_number_is_never_signed(signer: Signer) -> None:
    """Asterisk would: the number then stands in the header, for everybody to read."""
    with pytest.raises(DialRefused, match="withheld"):
        await signer.node.engine.dial(request(attestation="A", withheld=True))


async def test_another_key_does_not_verify_it(signer: Signer, tmp_path: Path) -> None:
    other, _ = make_certificate(tmp_path)
    with pytest.raises(InvalidSignature):
        verified(x509.load_pem_x509_certificate(other.read_bytes()), await invited(signer, attestation="A"))


async def test_the_key_is_asterisks_alone_and_in_no_log(signer: Signer) -> None:
    base = signer.node.base / "node"
    key = base / "etc" / KEY_FILE
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    body = [line for line in signer.key.splitlines() if not line.startswith("-")]
    await signer.node.process.command("stir_shaken show attestation")
    for file in base.rglob("*"):
        if file.is_file() and file != key and file.suffix != ".so":
            content = file.read_bytes()
            assert not any(line.encode() in content for line in body), file
