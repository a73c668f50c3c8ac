"""Files that are kept already: named by an id, believed only as they are stored, and told to whoever approves."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from callwright.errors import InvalidRequest
from callwright.mail.attachments import MAX_OCTETS, KeptFile, lines_of
from callwright.mail.building import Template
from callwright.mail.content import Content, read_content

FILE = KeptFile(id="fil_1", size=9, sha256="ab" * 32)
FILES = {FILE.id: FILE, "fil_2": KeptFile(id="fil_2", size=MAX_OCTETS, sha256="cd" * 32)}
PDF = {"filename": "a.pdf", "content_type": "application/pdf"}
STORED = {**PDF, "file": "fil_1", "bytes": 9, "sha256": "ab" * 32}


def read(*attachments: dict[str, Any], stored: bool = False) -> Content:
    body = {"subject": "s", "text": "t", "attachments": list(attachments)}
    return read_content(body, files=None if stored else FILES)


def faults(*attachments: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        read(*attachments)
    return {error.field: error.message for error in caught.value.errors}


def test_a_kept_file_is_named_and_stored_as_it_is_known() -> None:
    content = read({**PDF, "file": "fil_1", "content_id": "x"})
    assert content.body()["attachments"] == [{**STORED, "content_id": "x"}]
    assert read_content(content.body()) == content


def test_what_an_answer_showed_can_be_sent_back_and_is_not_believed() -> None:
    assert read({**STORED, "bytes": 1, "sha256": "00"}).body()["attachments"] == [STORED]


def test_of_a_stored_mail_the_files_are_as_it_says() -> None:
    [file] = read({**STORED, "file": "fil_9"}, stored=True).attachments
    assert (file.octets, file.size, file.kept) == (None, 9, KeptFile(id="fil_9", size=9, sha256="ab" * 32))


@pytest.mark.parametrize(
    ("attachment", "field"),
    [
        ({**PDF, "file": "fil_3"}, "attachments[0].file"),
        ({**PDF, "file": ["fil_1"]}, "attachments[0].file"),
        ({**PDF, "file": "fil_1", "content": "eA=="}, "attachments[0].file"),
        ({**PDF}, "attachments[0].content"),
        ({**PDF, "content": "eA==", "bytes": 1}, "attachments[0].bytes"),
        ({**PDF, "content": "eA==", "sha256": "ab"}, "attachments[0].sha256"),
        ({**STORED, "filename": "a.exe"}, "attachments[0].filename"),
    ],
)
def test_what_is_wrong_is_named(attachment: dict[str, Any], field: str) -> None:
    assert list(faults(attachment)) == [field]


def test_kept_files_count_with_the_others() -> None:
    assert "attachments" in faults({**PDF, "file": "fil_2"}, {**PDF, "content": "eA=="})
    assert len(read({**PDF, "file": "fil_2"}).attachments) == 1


def test_whoever_approves_is_told_of_files() -> None:
    assert lines_of({"attachments": [STORED]}) == [f"Attached: a.pdf (9 bytes, SHA-256 {'ab' * 32})"]
    assert lines_of({"subject": "s"}) == []


def test_a_preview_needs_no_octets_and_a_mail_does() -> None:
    template = Template(read(STORED, {**PDF, "content": base64.b64encode(b"x").decode()}))
    assert template.preview({})["text"] == "t"
    with pytest.raises(ValueError, match=r"the file 'a\.pdf' is not there any more"):
        _ = template._files
