"""Lines of a mail's head, read back by the standard library."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import compat32, default
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.mail.headers import CONTROLS, HeaderError, mailbox_header, parameter, text_header

#: Text without control characters, as ``read_content`` lets it pass.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]) | st.just(" "), min_size=1).filter(
    lambda text: bool(text.strip()) and not CONTROLS.search(text)
)


@given(TEXT)
def test_a_subject_is_read_as_it_was_written(value: str) -> None:
    raw = text_header("Subject", value)
    mail = message_from_bytes(raw + b"\r\nx", policy=default)
    assert mail["Subject"] == " ".join(value.split())
    assert mail.get_payload() == "x"


@given(TEXT)
def test_a_subject_takes_short_lines(value: str) -> None:
    raw = text_header("Subject", value)
    assert raw.isascii()
    assert all(len(line) <= 78 for line in raw.split(b"\r\n")) or max(map(len, value.split())) > 60


@given(TEXT)
def test_a_name_stands_before_its_address(name: str) -> None:
    mail = message_from_bytes(mailbox_header("From", "a@example.com", name) + b"\r\n", policy=compat32)
    # the policy ``default`` puts a space between two encoded words of a name (CPython 3.11)
    shown, address = parseaddr(mail["From"])
    assert (str(make_header(decode_header(shown))), address) == (" ".join(name.split()), "a@example.com")


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", "\x85", "\u2028"])
def test_a_line_break_is_refused(end: str) -> None:
    for write in (text_header, mailbox_header):
        with pytest.raises(HeaderError, match="line breaks"):
            write("Subject", f"a{end}Bcc: x@example.com")
    with pytest.raises(HeaderError):
        parameter("filename", f"a{end}b")


@pytest.mark.parametrize("name", ["a.pdf", 'a "b".pdf', "ä ö.pdf", "报告.pdf"])
def test_file_names_are_read_as_they_were_written(name: str) -> None:
    raw = f"Content-Disposition: attachment; {parameter('filename', name)}\r\n\r\n".encode()
    assert message_from_bytes(raw, policy=default).get_filename() == name
