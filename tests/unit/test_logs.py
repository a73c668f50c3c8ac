"""A log line says what it is about and holds no secret."""

from __future__ import annotations

import json
import logging
import sys

from callwright.logs import FIELDS, JsonFormatter, RedactSecrets, TextFormatter, about


def record(message: str, *args: object, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("callwright.test", logging.WARNING, "x.py", 1, message, args, None)
    vars(made).update(more)
    RedactSecrets().filter(made)
    return made


def test_a_json_line_names_its_subject() -> None:
    with about(call_id="cal_1"), about(attempt_id="att_1"):
        line = json.loads(JsonFormatter().format(record("attempt %s\nbroke", 7)))
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "warning",
        "logger": "callwright.test",
        "message": "attempt 7\nbroke",
        "call_id": "cal_1",
        "attempt_id": "att_1",
    }
    assert "call_id" not in json.loads(JsonFormatter().format(record("later")))


def test_a_json_line_holds_the_fields_of_its_record() -> None:
    line = json.loads(JsonFormatter().format(record("GET /healthz", **{FIELDS: {"status": 200}})))
    assert line["status"] == 200


def test_a_text_line_names_its_subject() -> None:
    with about(call_id="cal_1"):
        assert TextFormatter().format(record("gone")).endswith("WARNING callwright.test: gone [call_id=cal_1]")


def test_secrets_are_in_neither_message_nor_traceback() -> None:
    secret = "live_0123456789abcdefghjk"
    try:
        int(secret)
    except ValueError:
        failed = record("Authorization: Bearer %s and ?token=%s", secret, "hush", exc_info=sys.exc_info())
    for formatter in (JsonFormatter(), TextFormatter()):
        text = formatter.format(failed)
        assert "ValueError" in text
        assert secret not in text
        assert "hush" not in text
