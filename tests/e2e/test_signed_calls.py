"""An operator gives the appliance a key while calls go on: from then on calls are signed, and say so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from callwright.telephony.simulator import Callee
from support.appliance import RunningAppliance, appliance, ended
from support.certificates import make_certificate
from support.passports import verified
from support.sipp import Sipp, free_ports

pytestmark = pytest.mark.sipp

CALLER, POOLED = "+12125550142", "+13105550142"
URL = "https://certificates.example.com/callwright.pem"


async def called(made: RunningAppliance, key: str, to: str, **fields: Any) -> dict[str, Any]:
    async with made.client(key) as client:
        answer = await client.post("/api/v1/calls", json={"to": to, "message": "Hello.", **fields})
        assert answer.status_code == 201, answer.text
        return await ended(client, answer.json()["call_id"])


async def test_calls_are_signed_from_the_restart_on(tmp_path: Path) -> None:
    cert_file, key_file = make_certificate(tmp_path)
    certificate = x509.load_pem_x509_certificate(cert_file.read_bytes())
    sipp = Sipp(tmp_path / "sipp", Callee(status=486), port=free_ports(2), rtp_port=free_ports(2))
    sipp.start()
    try:
        with appliance(CALLWRIGHT_LAB="false") as made:
            made.start()
            organisation = made.organisation("Signed")
            made.cli("trunks", "add", "line", "127.0.0.1", "--org", organisation, "--port", str(sipp.port))
            for number in (CALLER, POOLED):
                made.cli("numbers", "add", number, "--org", organisation)
            key = made.key(organisation, "--live", "--purpose", "emergency")
            call = await called(made, key, "+12125550121", **{"from": CALLER})
            assert [attempt["attestation"] for attempt in call["attempts"]] == [None]

            # Asterisk lives on and learns to sign without a restart
            made.kill()
            made.environment |= {
                "CALLWRIGHT_STIR_SHAKEN_KEY": str(key_file),
                "CALLWRIGHT_STIR_SHAKEN_CERTIFICATE_URL": URL,
                "CALLWRIGHT_STIR_SHAKEN_CERTIFICATE": str(cert_file),
            }
            made.start()
            async with made.client(key) as client:
                pool = {"name": "West", "numbers": [POOLED], "choice": "local"}
                assert (await client.post("/api/v1/number-pools", json=pool)).status_code == 201
            made.cli("numbers", "attest", POOLED, "B", "--org", organisation)
            call = await called(made, key, "+12125550122", **{"from": CALLER})
            assert [attempt["attestation"] for attempt in call["attempts"]] == ["A"]
            call = await called(made, key, "+13105550123", from_pool="West")
            assert call["from"] == POOLED
            assert [attempt["attestation"] for attempt in call["attempts"]] == ["B"]

            unsigned, full, partial = sipp.invites()
            assert unsigned.header("Identity") is None
            for invite, shown, to, level in (
                (full, CALLER, "12125550122", "A"),
                (partial, POOLED, "13105550123", "B"),
            ):
                passport = verified(certificate, invite)
                assert passport.header["x5u"] == URL
                assert passport.payload["attest"] == level
                assert passport.payload["orig"] == {"tn": shown.lstrip("+")}
                assert passport.payload["dest"] == {"tn": [to]}
            body = [line for line in key_file.read_text().splitlines() if not line.startswith("-")]
            assert not any(line in made.log() for line in body)
    finally:
        sipp.stop()
