from __future__ import annotations

from typing import Any

import pytest

from callwright.contacts.filters.types import Kind
from callwright.contacts.importing.plan import Plan, Target, guess, read_mapping
from callwright.contacts.importing.rows import Row, RowReader
from callwright.contacts.importing.worker import Batch
from callwright.errors import InvalidRequest

KINDS = {"balance": Kind.NUMBER, "member": Kind.BOOLEAN, "joined": Kind.DATE, "note": Kind.TEXT}


def plan(*fields: str | None, **changes: Any) -> Plan:
    targets = tuple(
        None if each is None else Target(field=each.partition(":")[0], type=each.partition(":")[2] or None)
        for each in fields
    )
    given: dict[str, Any] = {
        "targets": targets,
        "kinds": KINDS,
        "on_duplicate": "update",
        "match_by": "number",
        "date_order": "ymd",
        "region": "US",
        "sandbox": False,
        "fence": None,
        **changes,
    }
    return Plan(**given)


def read(wanted: Plan, *cells: str) -> Row:
    row = RowReader(wanted, [f"c{i}" for i in range(len(wanted.targets))]).read(7, cells)
    assert isinstance(row, Row), row
    return row


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("balance", "12", 12),
        ("balance", "-1.50", -1.5),
        ("balance", "1,234,567.8", 1234567.8),
        ("member", "Yes", True),
        ("member", "0", False),
        ("joined", "2024-02-29", "2024-02-29"),
        ("note", " '+1 more", "'+1 more"),
        ("note", "'=x", "=x"),
    ],
)
def test_values_get_the_type_of_their_field(field: str, text: str, value: object) -> None:
    got = read(plan(f"fields.{field}"), text).fields[field]
    assert got == value or (text == " '+1 more" and got == "+1 more")
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("order", "text", "value"),
    [("dmy", "4.5.2025", "2025-05-04"), ("mdy", "04/05/2025", "2025-04-05"), ("mdy", "2025-04-05", "2025-04-05")],
)
def test_days_as_people_write_them(order: str, text: str, value: str) -> None:
    assert read(plan("fields.joined", date_order=order), text).fields == {"joined": value}


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("fields.balance", "12 EUR"),
        ("fields.balance", "1,23"),
        ("fields.balance", "9" * 30),
        ("fields.member", "maybe"),
        ("fields.joined", "31/12/2024"),
        ("fields.joined", "2023-02-29"),
        ("number", "12"),
        ("number", "call me"),
        ("email", "sarah"),
        ("country", "Germany"),
        ("first_name", "x" * 201),
        ("tags", "x" * 101),
    ],
)
def test_what_is_wrong_is_named_by_its_column(field: str, text: str) -> None:
    errors = RowReader(plan(field, "last_name"), ["Column", "Name"]).read(3, [text, "fine"])
    assert isinstance(errors, list)
    assert [(error.field, error.received) for error in errors] == [("Column", text[:200])]


def test_records_of_another_width() -> None:
    reader = RowReader(plan("first_name", "last_name"), ["a", "b"])
    assert isinstance(reader.read(1, ["x"]), Row)
    assert isinstance(reader.read(1, ["x", "y", "", ""]), Row)
    assert isinstance(reader.read(1, ["x", "y", "z"]), list)
    assert isinstance(reader.read(1, [" ", ""]), list)


def test_numbers_and_tags_are_taken_once() -> None:
    row = read(plan("number:home", "number:work", "tags"), "2125550100", "+12125550100", "a; b,a|c")
    assert row.numbers == {"+12125550100": "home"}
    assert list(row.tags) == ["a", "b", "c"]


def test_a_batch_joins_records_of_one_person() -> None:
    for policy, rows, updated, skipped in (("update", 2, 1, 0), ("skip", 2, 0, 1), ("create", 3, 0, 0)):
        wanted = plan("number", "first_name", "external_id", on_duplicate=policy)
        reader, batch = RowReader(wanted, ["n", "f", "x"]), Batch(wanted)
        for line, cells in enumerate((["2125550100", "A", ""], ["2125550101", "B", ""], ["2125550100", "C", "e1"])):
            batch.add(line, reader.read(line, cells))
        assert (len(batch.rows), batch.updated, batch.skipped, batch.records) == (rows, updated, skipped, 3)
        if policy == "update":
            assert batch.rows[0].texts == {"first_name": "C", "external_id": "e1"}


def test_an_external_id_twice_in_a_file_is_an_error() -> None:
    wanted = plan("number", "external_id")
    reader, batch = RowReader(wanted, ["n", "x"]), Batch(wanted)
    batch.add(2, reader.read(2, ["2125550100", "e"]))
    batch.add(3, reader.read(3, ["2125550101", "e"]))
    assert (len(batch.rows), batch.failed) == (1, 1)
    assert batch.errors == [(3, "external_id", "stands in line 2 too", "e")]


def test_a_plan_is_stored_and_read_back() -> None:
    wanted = plan("number:home", None, "fields.balance", fence="usr_1")
    assert Plan.from_json(wanted.to_json()) == wanted


def test_guesses() -> None:
    columns = [
        "First Name",
        "SURNAME",
        "Cell Phone",
        "Work phone",
        "E-Mail",
        "Zip",
        "State",
        "Balance",
        "?",
        "Last name",
    ]
    assert guess(columns, KINDS) == {
        "First Name": "first_name",
        "SURNAME": "last_name",
        "Cell Phone": "number:mobile",
        "Work phone": "number:work",
        "E-Mail": "email",
        "Zip": "postcode",
        "State": "region",
        "Balance": "fields.balance",
        "?": None,
        "Last name": None,
    }


def test_every_guess_is_a_mapping() -> None:
    columns = ["name", "phone", "mobile_2", "email", "tags", "zzz", "contact_id", "full name"]
    targets, new = read_mapping(guess(columns, KINDS), columns, KINDS)
    assert new == {}
    assert [None if t is None else t.field for t in targets] == [
        "last_name",
        "number",
        "number",
        "email",
        "tags",
        None,
        None,
        None,
    ]


def test_a_new_field_may_stand_in_a_mapping_once() -> None:
    targets, new = read_mapping({"a": "fields.debt:number"}, ["a", "b"], {})
    assert new == {"debt": Kind.NUMBER}
    assert targets == (Target(field="fields.debt", type="number"), None)
    with pytest.raises(InvalidRequest, match="filled from the column 'a' already"):
        read_mapping({"a": "fields.debt:number", "b": "fields.debt:number"}, ["a", "b"], {})
