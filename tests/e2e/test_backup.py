"""A backup of a serving appliance becomes another appliance: the same keys and calls, and it makes new ones."""

from __future__ import annotations

import os
import subprocess
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.appliance import RunningAppliance, appliance, ended


def restore(other: RunningAppliance, file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return other.command("restore", str(file), "--data-dir", str(other.data_dir), *options)


async def test_a_restored_appliance_goes_on(running: RunningAppliance, tmp_path: Path) -> None:
    file = tmp_path / "callwright.tar"
    key = running.key(running.organisation("Backup School"), "--sandbox")
    async with running.client(key) as client:
        hello = {"to": "+15550500001", "from": "+15550109999", "message": "Hello"}
        done = (await client.post("/api/v1/calls", json=hello)).json()["call_id"]
        before = await ended(client, done)
        next_week = (datetime.now(UTC) + timedelta(days=7)).isoformat()
        later = {**hello, "to": "+15550500083", "scheduled_at": next_week}
        waits = (await client.post("/api/v1/calls", json=later)).json()["call_id"]
        running.cli("backup", str(file))
        secret = (await client.get("/api/v1/account/webhook-secret")).json()
        events = (await client.get(f"/api/v1/calls/{done}/events")).json()

    assert file.stat().st_mode & 0o077 == 0
    with tarfile.open(file) as archive:
        names = archive.getnames()
    assert names[0] == "manifest.json"
    assert {"database.dump", "secret.key", "settings.env"} <= set(names)
    assert any(name.startswith("audio/") for name in names)

    with appliance() as other:
        refused = restore(other, file)
        assert refused.returncode == 1
        assert "--waiting call" in refused.stderr
        assert list(other.data_dir.iterdir()) == []
        made = restore(other, file, "--waiting", "cancel")
        assert made.returncode == 0, made.stderr
        again = restore(other, file, "--waiting", "cancel")
        assert again.returncode == 1
        assert "not empty" in again.stderr
        other.start()
        async with other.client(key) as client:
            assert (await client.get(f"/api/v1/calls/{done}")).json() == before
            assert (await client.get(f"/api/v1/calls/{done}/events")).json() == events
            # sealed with the key that came along
            assert (await client.get("/api/v1/account/webhook-secret")).json() == secret
            waited = (await client.get(f"/api/v1/calls/{waits}")).json()
            assert (waited["outcome"], waited["attempts"]) == ("cancelled", [])
            new = (await client.post("/api/v1/calls", json={**hello, "to": "+15550500011"})).json()["call_id"]
            assert (await ended(client, new))["outcome"] == "answered"
        other.cli("audit")


def test_what_is_no_backup_is_refused(running: RunningAppliance, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.tar"
    nothing.write_bytes(os.urandom(2000))
    with appliance() as other:
        for file, says in ((nothing, "not a backup"), (tmp_path / "none.tar", "cannot be read")):
            refused = restore(other, file)
            assert refused.returncode == 1
            assert says in refused.stderr
        assert list(other.data_dir.iterdir()) == []
    with pytest.raises(AssertionError, match="never overwritten"):
        running.cli("backup", str(nothing))
