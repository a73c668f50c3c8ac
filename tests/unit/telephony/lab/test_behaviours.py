"""The table of handsets: each number once, documented as it is, and twenty for the demo."""

from __future__ import annotations

from pathlib import Path

from callwright.rules.outcomes import Outcome
from callwright.telephony.lab import dialplan
from callwright.telephony.lab.behaviours import BEHAVIOURS, DEMO, SOFTPHONES, reference_table

REFERENCE = Path(__file__).parents[4] / "docs" / "reference" / "handset-lab.md"


def test_each_number_is_one_handset() -> None:
    digits = [behaviour.digits for behaviour in BEHAVIOURS]
    assert len(digits) == len(set(digits))
    assert not {int(d) for d in digits} & set(SOFTPHONES)


def test_the_reference_shows_the_table_as_it_is() -> None:
    assert reference_table() in REFERENCE.read_text(encoding="utf-8")


def test_outcomes_are_outcomes() -> None:
    assert {behaviour.outcome for behaviour in BEHAVIOURS} <= set(Outcome)


def test_the_demo_calls_twenty() -> None:
    assert len(DEMO) == 20


def test_every_handset_has_its_extension() -> None:
    text = dialplan.render(Path("/sounds"), Path("/heard"))
    for behaviour in BEHAVIOURS:
        assert f"exten => {behaviour.digits},1," in text
    assert "{" not in text.replace("${", "")
