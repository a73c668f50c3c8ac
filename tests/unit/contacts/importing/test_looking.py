from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.contacts.importing.looking import DELIMITERS, Look, look, read_records
from callwright.errors import InvalidRequest


def seen(tmp_path: Path, content: str | bytes, **options: Any) -> Look:
    path = tmp_path / "f.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return look(path, **options)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("name,phone\nä,1\n".encode(), "utf-8"),
        (codecs.BOM_UTF8 + b"name,phone\na,1\n", "utf-8-sig"),
        ("name,phone\nä,1\n".encode("latin-1"), "latin-1"),
        ("name,phone\nä,1\n".encode("utf-16"), "utf-16"),
        # a character of UTF-8 that the last byte cuts off
        ("name,phone\nä,1".encode()[:-3] + b"\xc3", "latin-1"),
    ],
)
def test_encodings(tmp_path: Path, content: bytes, encoding: str) -> None:
    found = seen(tmp_path, content)
    assert found.encoding == encoding
    assert found.columns == ("name", "phone")


@pytest.mark.parametrize(
    ("content", "delimiter", "columns"),
    [
        ("a,b,c\n1,2,3\n", ",", ("a", "b", "c")),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";", ("a", "b")),
        ("a\tb\nx, y\tz\n", "\t", ("a", "b")),
        ("a|b\n1|2\n", "|", ("a", "b")),
        ('name,note\n"x;y;z","a;b;c"\n', ",", ("name", "note")),
        ("phone\n+12125550100\n", ",", ("phone",)),
    ],
)
def test_delimiters(tmp_path: Path, content: str, delimiter: str, columns: tuple[str, ...]) -> None:
    found = seen(tmp_path, content)
    assert (found.delimiter, found.columns) == (delimiter, columns)


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("Sarah,+1 212 555 0100\nTom,+12125550101\n", ("column 1", "column 2")),
        ("Sarah,s@example.com\n", ("column 1", "column 2")),
        ("\n\nname,phone\n\nSarah,1\n", ("name", "phone")),
    ],
)
def test_names_of_columns(tmp_path: Path, content: str, columns: tuple[str, ...]) -> None:
    assert seen(tmp_path, content).columns == columns


def test_a_name_that_stands_twice_is_told_apart(tmp_path: Path) -> None:
    content = "name,name,\nSarah,Miller,x,y\n"
    assert not seen(tmp_path, content).has_header
    assert seen(tmp_path, content, has_header=True).columns == ("name", "name (2)", "column 3", "column 4")


def test_what_is_given_is_not_guessed(tmp_path: Path) -> None:
    found = seen(tmp_path, "a;b,c\n1;2,3\n", delimiter=";", has_header=False)
    assert found.rows == (("a", "b,c"), ("1", "2,3"))


@pytest.mark.parametrize("content", ["", "  \n\n", "a," * 400])
def test_what_is_no_table(tmp_path: Path, content: str) -> None:
    with pytest.raises(InvalidRequest):
        seen(tmp_path, content)


def test_lines_are_those_on_which_records_begin() -> None:
    content = b'name\n"two\nlines"\n\nthird\n'
    found = list(read_records(io.BytesIO(content), encoding="utf-8", delimiter=",", has_header=True))
    assert found == [(2, ["two\nlines"]), (5, ["third"])]


def test_a_quote_that_never_closes_ends_the_reading() -> None:
    content = b'name\nfine\n"' + b"x" * 200_000
    records = read_records(io.BytesIO(content), encoding="utf-8", delimiter=",", has_header=True)
    assert next(records) == (2, ["fine"])
    with pytest.raises(InvalidRequest, match="line 3 begins a record that does not end"):
        next(records)


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=2, max_size=4), min_size=1
    ),
    st.sampled_from(DELIMITERS),
)
def test_what_a_csv_writer_wrote_is_read_back(rows: list[list[str]], delimiter: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    records = read_records(io.BytesIO(out.getvalue().encode()), encoding="utf-8", delimiter=delimiter, has_header=False)
    assert [record for _, record in records] == [row for row in rows if any(row)]
