import json
from typing import Any

import pytest

from callwright.api.dialects.robotalker.asked import Entry, WrongField, read_asked


def test_names_have_no_case_and_two_spellings() -> None:
    found = read_asked([("MessageText", "Hi"), ("OptCallerId", " 8887771212 "), ("messageidvm", "7"), ("KEY", " k ")])
    assert found["messagetext"] == "Hi"
    assert found["optcallerid"] == "8887771212"
    assert found["vmmessageid"] == "7"
    assert found["key"] == "k"
    assert read_asked([("VmMessageId", 7)])["vmmessageid"] == "7"


def test_numbers_may_be_texts_lists_json_lists_or_integers() -> None:
    assert read_asked([("phonenumber", "9545018625")]).numbers == ["9545018625"]
    assert read_asked([("phonenumber", 9545018625)]).numbers == ["9545018625"]
    assert read_asked([("phonenumber", ["9545018625", 9545018626, ""])]).numbers == ["9545018625", "9545018626"]
    assert read_asked([("PhoneNumber", '["9545018625"]')]).numbers == ["9545018625"]
    assert read_asked([("phonenumber", "1"), ("phonenumber", "2")]).numbers == ["1", "2"]


def test_a_zero_means_the_group() -> None:
    assert read_asked([("phonenumber", "0")]).to_group
    assert read_asked([("phonenumber", 0)]).to_group
    assert not read_asked([("phonenumber", "9545018625")]).to_group
    assert not read_asked([]).to_group
    assert not read_asked([("phonenumber", "0"), ("contactlistarray", [{"phone": "9545018625"}])]).to_group


@pytest.mark.parametrize("name", ["contactlistarray", "ContactlistArray", "contactlist"])
@pytest.mark.parametrize("as_text", [False, True])
def test_contacts_are_objects_or_their_text(name: str, as_text: bool) -> None:
    people: list[dict[str, Any]] = [
        {"name": "Tom", "phone": "9545018625", "var1": "a", "var2": 2, "var3": "", "var4": None, "groupname": "Team"},
        {"Name": "Eve", "Phone": 9545018626},
    ]
    found = read_asked([(name, json.dumps(people) if as_text else people), ("customername", "nobody")])
    assert found.people == [
        Entry(
            phone="9545018625",
            name="Tom",
            group="Team",
            variables={"var1": "a", "var2": "2", "var3": "", "var4": ""},
        ),
        Entry(phone="9545018626", name="Eve", variables={"var1": "", "var2": "", "var3": "", "var4": ""}),
    ]


def test_json_and_the_packed_field_bring_fields_of_their_own() -> None:
    inside = '{"key": "k", "PhoneNumber": ["1", "2"], "messagetext": "two\nlines"}'
    found = read_asked([("JsonCallPost", inside), ("token", "t"), ("nonsense", "x")])
    assert (found["key"], found["token"], found["messagetext"]) == ("k", "t", "two\nlines")
    assert found.numbers == ["1", "2"]
    assert found.ignored == ["nonsense"]
    packed = read_asked([("name", "<x>k~t~SendSms~Job~888~0~text~954~Tom</x>")])
    assert packed["whattodo"] == "SendSms"
    assert packed.people == [Entry(phone="954", name="Tom")]
    assert read_asked([("JsonCallPost", {"optname": "Job"})])["optname"] == "Job"


def test_a_name_that_is_no_request_is_ignored() -> None:
    assert read_asked([("name", "Tom")]).ignored == ["name"]


def test_the_first_value_that_is_not_empty_counts() -> None:
    assert read_asked([("optname", ""), ("optname", "a"), ("optname", "b")])["optname"] == "a"


@pytest.mark.parametrize(("value", "expected"), [("0", ""), ("", ""), ("00", ""), ("7", "7"), (None, ""), (0, "")])
def test_an_id_of_zero_is_none(value: Any, expected: str) -> None:
    assert read_asked([("messageid", value)]).message_id("messageid") == expected


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("JsonCallPost", "{", "JsonCallPost is not JSON"),
        ("JsonCallPost", "[]", "JsonCallPost must be a JSON object"),
        ("optname", {"a": 1}, "optname must be text or a number"),
        ("optname", "a\x00", "optname holds a character"),
        ("optname", "\ud800", "optname holds a character"),
        ("phonenumber", "[1", "phonenumber is not a JSON list"),
        ("phonenumber", [[1]], "phonenumber must be text or a number"),
        ("contactlistarray", "x", "contactlistarray is not a JSON list"),
        ("contactlistarray", "7", "contactlistarray must be a list of objects"),
        ("contactlistarray", [7], r"contactlistarray\[0\] must be an object"),
        ("contactlistarray", [{"name": []}], r"contactlistarray\[0\].name must be text"),
        ("name", "<x>a</x>", "name has 1 fields"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, value: Any, reason: str) -> None:
    with pytest.raises(WrongField, match=reason):
        read_asked([(name, value)])


def test_values_of_json_that_are_not_texts() -> None:
    found = read_asked([("priority", 7.0), ("optname", True), ("messagetext", 1.5), ("customername", False)])
    assert (found["priority"], found["optname"], found["messagetext"]) == ("7", "true", "1.5")
    assert found["customername"] == "false"
