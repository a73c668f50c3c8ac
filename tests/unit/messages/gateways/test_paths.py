import pytest

from callwright.messages.gateways.paths import find, first, form, matches, read_body, steps

TOLD = {"data": {"to": [{"status": "sent"}, {"status": "delivered"}], "n": 7, "yes": True, "none": None, "empty": ""}}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("data.to[1].status", ["delivered"]),
        ("data.to[].status", ["sent", "delivered"]),
        ("data.n", [7]),
        ("data.to[5].status", []),
        ("data.missing.more", []),
        ("data[0]", []),
    ],
)
def test_a_path_leads_to_what_stands_there(path, found):
    assert find(TOLD, path) == found


def test_a_list_may_be_the_whole():
    assert find([{"id": "a"}, {"id": "b"}], "[].id") == ["a", "b"]
    assert find([[1], [2]], "[][0]") == [1, 2]


def test_numbered_fields_are_taken_until_one_is_missing():
    assert find({"MediaUrl0": "a", "MediaUrl1": "b", "MediaUrl3": "d"}, "MediaUrl#") == ["a", "b"]


@pytest.mark.parametrize(
    "path", ["", ".", "a.", "a..b", ".a", "a[b]", "a b", "a[", "[]x", "a[1]b", "a[1234]", "a" * 201]
)
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ValueError, match="is no path"):
        steps(path)


def test_the_first_text_or_number_counts():
    assert first(TOLD, "data.n") == "7"
    assert first(TOLD, "data.yes") == "true"
    assert first(TOLD, "data.none") is None
    assert first(TOLD, "data.empty") is None
    assert first(TOLD, "data") is None


def test_conditions_hold_all_together_and_in_any_case():
    assert matches(TOLD, {"data.to[0].status": ["SENT"], "data.n": ["*"]})
    assert not matches(TOLD, {"data.to[0].status": ["SENT"], "data.none": ["*"]})
    assert matches(TOLD, {})


def test_bodies_of_three_kinds_are_read():
    assert read_body(b'{"a": 1}', "application/json; charset=utf-8") == {"a": 1}
    assert read_body(b'{"a": 1}', "application/problem+json") == {"a": 1}
    assert read_body(b"{", "application/json") is None
    assert read_body(b"a=1&a=2&b=%2B49", "application/x-www-form-urlencoded") == {"a": "1", "b": "+49"}
    assert read_body(b"ID: 5f|x", "text/plain") == {"text": "ID: 5f|x", "words": ["ID", "5f", "x"]}
    # what its description says counts more than the type
    assert read_body(b'{"a": 1}', "text/html", expected="json") == {"a": 1}
    assert read_body(b"\xff", "text/plain")["text"] == "\ufffd"
    assert form("a=&b") == {"a": "", "b": ""}
