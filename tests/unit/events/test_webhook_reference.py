from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from callwright.rules.webhooks import LADDERS, sign

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "webhooks.md").read_text(encoding="utf-8")
SECRET = "whsec_" + base64.b64encode(b"s" * 24).decode()
BODY = '{"event":"call.completed","to":"+12125550123","name":"Žofie"}'.encode()


def _example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1].replace("whsec_…", SECRET)


def test_the_python_example_accepts_ours_and_refuses_others() -> None:
    names: dict = {}
    exec(_example("python"), names)  # the page's own words
    headers = sign(SECRET, "dlv_1", datetime.now(UTC), BODY)
    assert names["receive"](BODY, headers) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        names["receive"](BODY + b" ", headers)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_node_example_accepts_ours_and_refuses_others() -> None:
    headers = sign(SECRET, "dlv_1", datetime.now(UTC), BODY)
    script = _example("javascript") + (
        "const [body, headers] = JSON.parse(require('node:fs').readFileSync(0));"
        "console.log(receive(Buffer.from(body), headers).name);"
    )

    def run(body: bytes) -> subprocess.CompletedProcess[str]:
        given = json.dumps([body.decode(), headers])
        return subprocess.run(["node", "-e", script], input=given, capture_output=True, text=True, check=False)

    assert run(BODY).stdout == "Žofie\n"
    assert "not from Callwright" in run(BODY + b" ").stderr


def test_the_page_tells_the_ladder() -> None:
    hours = [seconds / 3600 for seconds in LADDERS["standard"]]
    assert [round(part, 4) for part in hours] == [0.0014, 0.0833, 0.5, 2, 5, 10, 14, 20, 24]
    assert "after 5 seconds, 5 minutes,\n30 minutes, then 2, 5, 10, 14, 20 and 24 hours" in PAGE
