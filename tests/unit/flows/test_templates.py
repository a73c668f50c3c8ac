from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.flows.language import Flow, parse_flow
from callwright.flows.templates import fill, missing_variables, placeholders
from support.flows import gather, say


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Hello {NAME}, {{first_name}} and #var1#.", {"NAME", "first_name", "var1"}),
        ("{{ name }} {  name  }", {"name"}),
        ("{reply.customer.name}", {"reply.customer.name"}),
        ("Press # or press #, then # to end.", set()),
        ("{1} {} {a b} #1# {{}}", set()),
        ("#a#b#", {"a"}),
    ],
)
def test_placeholders(text: str, names: set[str]) -> None:
    assert placeholders(text) == names


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hello {NAME}.", "Hello Ann."),
        ("Hello {name} {{Name}} #name#.", "Hello ann Ann ann."),
        ("Hello {unknown}.", "Hello ."),
        ("{NAME}{LOOP}", "Ann{NAME}"),
        ("Press # or #name# #", "Press # or ann #"),
        ("{{{NAME}}}", "{Ann}"),
    ],
)
def test_fill(text: str, filled: str) -> None:
    assert fill(text, {"name": "ann", "NAME": "Ann", "LOOP": "{NAME}"}) == filled


def test_among_names_that_differ_in_case_only_the_choice_does_not_depend_on_their_order() -> None:
    assert fill("{name}", {"nAME": "a", "NAME": "b"}) == fill("{name}", {"NAME": "b", "nAME": "a"}) == "b"


@given(st.text("{}# ab_.1", max_size=200))
def test_filling_with_nothing_leaves_no_placeholder_that_was_there(text: str) -> None:
    found = placeholders(text)
    assert fill(text, dict.fromkeys(found, "☃")).count("\u2603") >= len(found)


def test_missing_variables_name_field_and_placeholder() -> None:
    flow = parse_flow(
        {
            "steps": [
                say("Hello {NAME} {to} {FROM} {digits}"),
                gather("Code, {TITLE}?", branches={"1": [{"type": "sms", "text": "{LINK}"}]}),
                {"type": "webhook", "url": "https://example.com/", "body": {"a": [{"b": "{DEEP}"}]}},
            ],
            "on_machine": {"leave": [say("{NAME} {CALLBACK}")]},
        }
    )
    assert missing_variables(flow, {"name": "Ann"}) == [
        ("steps[1].prompt[0].text", "TITLE"),
        ("steps[1].branches.1[0].text", "LINK"),
        ("steps[2].body.a[0].b", "DEEP"),
        ("on_machine.leave[0].text", "CALLBACK"),
    ]


def test_what_a_step_on_the_way_sets_is_not_missing() -> None:
    flow = parse_flow(
        {
            "steps": [
                say("{pin} {reply.name}"),
                {**gather(max_digits=4, save_as="pin"), "id": "ask"},
                {"type": "webhook", "url": "https://example.com/", "wait": True},
                {"type": "set", "variables": {"who": "{reply.name}"}},
                say("{who} {PIN} {reply.anything}", next="ask"),
            ]
        }
    )
    assert missing_variables(flow, {}) == [("steps[0].text", "pin"), ("steps[0].text", "reply.name")]
    # canonical flows have canonical paths
    stored = Flow.model_validate(flow.to_json())
    assert missing_variables(stored, {})[0] == ("steps.s1.text", "pin")
