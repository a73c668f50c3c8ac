"""From what authors write to the canonical form, and what they are told when it is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from callwright.errors import InvalidRequest
from callwright.flows.authoring import MAX_NESTING, MAX_STEPS
from callwright.flows.language import Flow, parse_flow
from support.flows import gather, say

HANGUP = {"type": "hangup"}


def faults(data: Any, **more: Any) -> dict[str, str]:
    """Return the messages by path."""
    with pytest.raises(InvalidRequest) as raised:
        parse_flow(data, **more)
    return {fault.field: fault.message for fault in raised.value.errors}


def step_faults(step: dict[str, Any]) -> dict[str, str]:
    """Return the messages about one step by its fields."""
    return {path.removeprefix("steps[0]").lstrip("."): text for path, text in faults({"steps": [step]}).items()}


def ways(flow: Flow) -> dict[str, dict[str, str | None]]:
    return {step_id: dict(step.targets()) for step_id, step in flow.steps.items()}


class TestSequences:
    def test_lead_from_item_to_item_and_end_the_call(self) -> None:
        flow = parse_flow({"steps": [say("A"), say("B"), say("C")]})
        assert flow.start == "s1"
        assert ways(flow) == {"s1": {"next": "s2"}, "s2": {"next": "s3"}, "s3": {"next": None}}

    def test_inside_branches_end_the_call_too(self) -> None:
        flow = parse_flow({"steps": [gather(branches={"1": [say("A"), say("B")], "2": None}), say("C")]})
        assert list(flow.steps) == ["s1", "s2", "s3", "s4"]
        assert ways(flow)["s1"]["branches.1"] == "s2"
        assert ways(flow)["s1"]["next"] == "s4"
        assert ways(flow)["s3"] == {"next": None}

    def test_an_explicit_null_is_the_end_not_the_following_item(self) -> None:
        data = {"steps": [{**gather(), "default": "b", "next": None}, {**say("B"), "id": "b"}]}
        assert ways(parse_flow(data))["s1"]["next"] is None

    def test_ids_of_authors_are_kept_and_generated_ones_avoid_them(self) -> None:
        flow = parse_flow({"steps": [{**say("A"), "id": "s2"}, say("B"), {**gather(), "id": "m", "default": "m"}]})
        assert list(flow.steps) == ["s2", "s1", "m"]

    def test_a_transfer_goes_on_either_way(self) -> None:
        flow = parse_flow({"steps": [{"type": "transfer", "to": "Ext:1000"}, say("Bye")]})
        assert ways(flow)["s1"] == {"on_failed": "s2", "on_ended": "s2"}

    def test_paths_are_what_the_author_wrote(self) -> None:
        keywords = [{"words": ["yes"], "next": [say("A"), HANGUP]}]
        flow = parse_flow({"steps": [gather(keywords=keywords)], "on_machine": {"leave": [say("B")]}})
        assert flow.path("s3") == "steps[0].keywords[0].next[1]"
        assert flow.path("s4", "text") == "on_machine.leave[0].text"
        assert Flow.model_validate(flow.to_json()).path("s3") == "steps.s3"


class TestGraphs:
    def test_take_lists_as_well(self) -> None:
        flow = parse_flow({"start": "a", "steps": {"a": gather(default=[say("X"), {**say("Y"), "next": "a"}])}})
        assert ways(flow)["s2"] == {"next": "a"}

    def test_need_a_start(self) -> None:
        assert "start" in faults({"steps": {"a": HANGUP}})

    def test_have_their_ids_as_keys(self) -> None:
        found = faults({"start": "a", "steps": {"a": {**HANGUP, "id": "b"}, "ä b": HANGUP}})
        assert list(found) == ["steps.a.id", "steps.ä b"]

    def test_stored_flows_with_a_lost_step_are_refused(self) -> None:
        with pytest.raises(ValidationError, match="does not exist: b"):
            Flow.model_validate({"start": "a", "steps": {"a": {**say("A"), "next": "b"}}})


class TestOnMachine:
    @pytest.mark.parametrize(
        ("written", "canonical"),
        [
            (None, {"action": "off", "start": None}),
            ({}, {"action": "hangup", "start": None}),
            ({"action": "off"}, {"action": "off", "start": None}),
            ({"action": "same"}, {"action": "same", "start": None}),
            ({"leave": [say("B")]}, {"action": "leave", "start": "s2"}),
            ({"action": "leave", "start": "s1"}, {"action": "leave", "start": "s1"}),
            ({"action": "same", "speak": "at_once"}, {"action": "same", "start": None, "speak": "at_once"}),
        ],
    )
    def test_forms(self, written: Any, canonical: Any) -> None:
        flow = parse_flow({"steps": [say("A")], "on_machine": written})
        assert flow.to_json()["on_machine"] == {"speak": "after_greeting", **canonical}

    @pytest.mark.parametrize(
        ("written", "path"),
        [
            ("same", "on_machine"),
            ({"action": "sing"}, "on_machine.action"),
            ({"action": "leave"}, "on_machine.leave"),
            ({"action": "same", "leave": [HANGUP]}, "on_machine.leave"),
            ({"leave": [HANGUP], "start": "s1"}, "on_machine.start"),
            ({"leve": [HANGUP]}, "on_machine.leve"),
            ({"speak": "never"}, "on_machine.speak"),
            ({"leave": "nowhere"}, "on_machine.leave"),
            ({"leave": [{"type": "say"}]}, "on_machine.leave[0].text"),
        ],
    )
    def test_faults(self, written: Any, path: str) -> None:
        assert list(faults({"steps": [say("A")], "on_machine": written})) == [path]


class TestFaults:
    def test_all_are_told_at_once_each_at_its_place(self) -> None:
        data = {
            "voice": "",
            "speed": 1,
            "steps": [
                say("A"),
                {"type": "say", "txt": "B"},
                gather(branches={"1": [{"type": "sayy", "text": "C"}], "x": None}, prompt=[say("")]),
            ],
        }
        assert list(faults(data)) == [
            "speed",
            "steps[2].branches.1[0].type",
            "steps[1].text",
            "steps[1].txt",
            "steps[2].prompt[0].text",
            "steps[2].branches.x",
            "voice",
        ]

    def test_begin_where_the_caller_says(self) -> None:
        assert list(faults({"steps": [{"type": "say"}]}, at="flow")) == ["flow.steps[0].text"]
        assert list(faults([], at="flow")) == ["flow"]

    def test_unknown_names_come_with_the_nearest(self) -> None:
        assert step_faults({"type": "say", "text": "A", "voicee": "x"})["voicee"].endswith("did you mean voice?")
        assert step_faults({"type": "gathr"})["type"].endswith("did you mean gather?")
        assert "allowed: type, to, caller_id" in step_faults({"type": "transfer", "to": "Ext:1", "zzz": 1})["zzz"]
        assert step_faults(gather(prompt=[{**say("A"), "ratee": 1}]))["prompt[0].ratee"].endswith("did you mean rate?")
        assert faults({"steps": [say("A", next="mneu"), {**gather(), "id": "menu", "default": "menu"}]}) == {
            "steps[0].next": "there is no step 'mneu'; did you mean menu?"
        }

    def test_what_was_received_is_shown_and_shortened(self) -> None:
        with pytest.raises(InvalidRequest) as raised:
            parse_flow({"steps": [{"type": "say", "text": "x" * 5001}, {"type": "wait", "seconds": "5"}]})
        first, second = raised.value.errors
        assert (first.field, len(first.received)) == ("steps[0].text", 101)
        assert (second.message, second.received) == ("must be a number", "5")

    @pytest.mark.parametrize(
        ("step", "field"),
        [
            (say(" "), "text"),
            (say("A", rate=2.1), "rate"),
            (say("A", pitch=True), "pitch"),
            (say("A", language="English"), "language"),
            ({"type": "play", "audio": "x.wav"}, "audio"),
            (gather(branches={"12": None}, max_digits=1), "max_digits"),
            (gather(branches={"1": None}, min_digits=2), "min_digits"),
            (gather(max_digits=2, min_digits=3), "min_digits"),
            (gather(attempts=0), "attempts"),
            (gather(terminator="1"), "terminator"),
            (gather(save_as="digits"), "save_as"),
            (gather(save_as="reply.x"), "save_as"),
            (gather(save_as="a b"), "save_as"),
            (gather(prompt=[HANGUP]), "prompt[0]"),
            (gather(prompt=[{**say("A"), "next": None}]), "prompt[0].next"),
            (gather(keywords=[{"words": ["yes"]}]), "keywords[0].next"),
            (gather(keywords=[{"words": ["?!"], "next": None}]), "keywords[0].words[0]"),
            (gather(keywords=[{"words": ["Don't", "dont"], "next": None}]), "keywords"),
            ({"type": "branch", "cases": []}, "cases"),
            ({"type": "branch", "cases": [{"variable": "a", "operator": "=", "next": None}]}, "cases[0].operator"),
            ({"type": "branch", "cases": [{"variable": "a", "operator": "==", "next": None}]}, "cases[0].value"),
            (
                {"type": "branch", "cases": [{"variable": "a", "operator": "in", "value": "x", "next": None}]},
                "cases[0].value",
            ),
            ({"type": "transfer", "to": "Local/1000@x"}, "to"),
            ({"type": "transfer", "to": "sip:a@b&SIP/c"}, "to"),
            ({"type": "transfer", "to": "Ext:1", "caller_id": "mine"}, "caller_id"),
            ({"type": "record", "max_seconds": 0}, "max_seconds"),
            ({"type": "sms", "text": "A", "to": "12"}, "to"),
            ({"type": "email", "to": "a", "subject": "B", "text": "C"}, "to"),
            ({"type": "email", "to": "a@example.com", "subject": "B\nBcc: c", "text": "C"}, "subject"),
            ({"type": "webhook", "url": "ftp://example.com"}, "url"),
            ({"type": "webhook", "url": "https://"}, "url"),
            ({"type": "webhook", "url": "https://a b"}, "url"),
            ({"type": "webhook", "url": "https://a:99999/"}, "url"),
            ({"type": "webhook", "url": "https://a/", "body": []}, "body"),
            ({"type": "optout", "scope": "all"}, "scope"),
            ({"type": "optout", "after": None}, "after"),
            ({"type": "set", "variables": {}}, "variables"),
            ({"type": "set", "variables": {"to": "A"}}, "variables.to"),
            ({"type": "set", "variables": {"a": 1}}, "variables.a"),
            ({"type": "wait", "seconds": 0}, "seconds"),
            ({"type": "wait", "seconds": float("inf")}, "seconds"),
            ({"type": "hangup", "next": None}, "next"),
            ({"type": "say", "text": "A", "id": "a b"}, "id"),
            ({"type": "say", "text": "A", "next": 5}, "next"),
            ({"type": "say", "text": "A", "next": []}, "next"),
            ({"text": "A"}, "type"),
            ({"type": 5}, "type"),
            ("say", ""),
            (say("A\0"), "text"),
            (say("\ud800"), "text"),
            ({"type": "webhook", "url": "https://a/", "body": {"n": 10**30}}, "body.n"),
        ],
    )
    def test_fields(self, step: Any, field: str) -> None:
        assert list(step_faults(step)) == [field]

    @pytest.mark.parametrize(
        ("data", "path"),
        [
            (None, ""),
            ([], ""),
            ({}, "steps"),
            ({"steps": None}, "steps"),
            ({"steps": []}, "steps"),
            ({"steps": "say"}, "steps"),
            ({"steps": [HANGUP], "version": 2}, "version"),
            ({"steps": [HANGUP], "start": 5}, "start"),
            ({"steps": [HANGUP], "start": "x"}, "start"),
            ({"steps": [{**HANGUP, "id": "a"}, {**HANGUP, "id": "a"}]}, "steps[1].id"),
            ({"steps": [HANGUP], 5: 1}, ""),
            ({"steps": [HANGUP], "voice": {1, 2}}, "voice"),
        ],
    )
    def test_of_the_whole(self, data: Any, path: str) -> None:
        assert path in faults(data)

    def test_steps_that_nothing_leads_to(self) -> None:
        assert list(faults({"steps": [HANGUP, say("A")]})) == ["steps[1]"]

    def test_no_more_than_the_limits(self) -> None:
        assert list(faults({"steps": [say("A")] * (MAX_STEPS + 1)})) == ["steps"]
        nested = [HANGUP]
        for _ in range(MAX_NESTING):
            nested = [gather(default=nested)]
        assert list(faults({"steps": nested})) == ["steps[0]" + ".default[0]" * (MAX_NESTING - 1) + ".default"]
        deep: Any = "x"
        for _ in range(2000):
            deep = [deep]
        assert len(faults({"steps": [{"type": "webhook", "url": "https://a/", "body": {"x": deep}}]})) == 1


class TestCircles:
    def circle(self, *steps: dict[str, Any]) -> dict[str, Any]:
        last = {**steps[-1], "next": "first"}
        return {"steps": [{**steps[0], "id": "first"}, *steps[1:-1], last]}

    def test_without_a_wait_are_refused(self) -> None:
        found = faults(self.circle(say("A"), {"type": "sms", "text": "B"}, {"type": "set", "variables": {"a": "b"}}))
        assert list(found) == ["steps[0]"] or list(found) == ["steps[1]"] or list(found) == ["steps[2]"]
        assert "→" in next(iter(found.values()))

    @pytest.mark.parametrize(
        "waiting",
        [
            gather(),
            {"type": "wait", "seconds": 1},
            {"type": "record"},
            {"type": "webhook", "url": "https://example.com/", "wait": True},
        ],
    )
    def test_with_one_are_fine(self, waiting: dict[str, Any]) -> None:
        parse_flow(self.circle(say("A"), waiting, say("B")))

    def test_a_transfer_waits_when_it_surely_calls(self) -> None:
        step = {"type": "transfer", "to": "+12125550123", "id": "t", "on_failed": "t"}
        parse_flow({"steps": [step]})
        assert list(faults({"steps": [{**step, "to": "{AGENT}"}]})) == ["steps[0]"]
