"""What each handset of the lab does, by its last four digits: the one source of dialplan, docs and demo."""

from __future__ import annotations

from dataclasses import dataclass

#: Seconds before a handset presses a key: long enough that the caller's message has begun.
_LISTEN = 2


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """One simulated telephone."""

    #: Last four digits of its numbers.
    digits: str
    name: str
    #: Dialplan, one application a line; ``{sounds}`` is the folder of the lab's sounds.
    steps: tuple[str, ...]
    #: What a call to it ends with, with a message that asks for the key 1, 2 or 9.
    outcome: str
    #: The key it presses, ``None`` when it presses none.
    pressed: str | None = None
    #: Whether it records what it hears, from the answer on.
    records: bool = False
    demo: bool = False


def _answers(
    digits: str,
    name: str,
    *steps: str,
    pressed: str | None = None,
    demo: bool = False,
    before: tuple[str, ...] = (),
) -> Behaviour:
    return Behaviour(
        digits=digits,
        name=name,
        steps=(*before, "Answer()", "{record}", *steps, "Hangup()"),
        outcome="answered",
        pressed=pressed,
        records=True,
        demo=demo,
    )


def _refuses(digits: str, name: str, cause: int, outcome: str, *, demo: bool = False) -> Behaviour:
    return Behaviour(digits=digits, name=name, steps=(f"Hangup({cause})",), outcome=outcome, demo=demo)


BEHAVIOURS = (
    _answers("0001", "answers and listens to the end", "Wait(60)", demo=True),
    _answers("0002", "answers at once, listens 20 seconds, hangs up", "Wait(20)", demo=True),
    _answers("0003", "rings 3 seconds, answers, listens", "Wait(60)", before=("Ringing()", "Wait(3)"), demo=True),
    _answers("0004", "rings 6 seconds, answers, hangs up soon", "Wait(4)", before=("Ringing()", "Wait(6)"), demo=True),
    _answers("0011", "presses 1", f"Wait({_LISTEN})", "SendDTMF(1)", "Wait(60)", pressed="1", demo=True),
    _answers("0012", "presses 2", f"Wait({_LISTEN})", "SendDTMF(2)", "Wait(60)", pressed="2", demo=True),
    _answers("0019", "presses 9", f"Wait({_LISTEN})", "SendDTMF(9)", "Wait(60)", pressed="9", demo=True),
    _answers(
        "0013",
        "presses 1, sent as SIP INFO",
        f"Wait({_LISTEN})",
        "SendDTMF(1)",
        "Wait(60)",
        pressed="1",
        demo=True,
        before=("Set(PJSIP_DTMF_MODE()=info)",),
    ),
    _answers(
        "0014",
        "presses 5, which nothing asked for, then 1",
        f"Wait({_LISTEN})",
        "SendDTMF(5)",
        "Wait(4)",
        "SendDTMF(1)",
        "Wait(60)",
        pressed="1",
    ),
    _answers("0015", "types 1234#", f"Wait({_LISTEN})", "SendDTMF(1234#,250)", "Wait(60)", pressed="1"),
    _answers("0021", "a person who says hello", "Wait(0.5)", "Playback({sounds}/hello)", "Wait(60)"),
    _answers("0022", "a person at a business, who greets at length", "Playback({sounds}/business)", "Wait(60)"),
    _answers("0031", "answers and hangs up after 1 second", "Wait(1)", demo=True),
    _answers("0032", "hangs up in the middle of the message", "Wait(3)", demo=True),
    _answers("0041", "answers and stays silent for a minute", "Wait(60)"),
    _answers("0051", "says yes", f"Wait({_LISTEN})", "Playback({sounds}/yes)", "Wait(60)"),
    _answers("0052", "says no", f"Wait({_LISTEN})", "Playback({sounds}/no)", "Wait(60)"),
    _answers("0053", "says I don't know", f"Wait({_LISTEN})", "Playback({sounds}/dont_know)", "Wait(60)"),
    _answers("0054", "says one", f"Wait({_LISTEN})", "Playback({sounds}/one)", "Wait(60)"),
    _answers("0059", "says stop calling me", f"Wait({_LISTEN})", "Playback({sounds}/stop_calling)", "Wait(60)"),
    _answers(
        "0061",
        "is voicemail: a greeting, a beep, then it records",
        "Playback({sounds}/greeting)",
        "Playback({sounds}/beep)",
        "Wait(30)",
        demo=True,
    ),
    _answers(
        "0063",
        "is voicemail with a short greeting and a low beep, two seconds later",
        "Playback({sounds}/unavailable)",
        "Wait(2)",
        "Playback({sounds}/low_beep)",
        "Wait(30)",
    ),
    _answers("0064", "is voicemail that does not beep", "Playback({sounds}/greeting)", "Wait(30)"),
    _answers("0062", "is a fax", "Playback({sounds}/fax)", "Wait(5)"),
    _answers(
        "0071",
        "plays an announcement before it answers (early media)",
        "Wait(60)",
        before=("Progress()", "Playback({sounds}/announcement,noanswer)"),
        demo=True,
    ),
    Behaviour(
        digits="0072",
        name="plays an announcement, then is busy",
        steps=("Progress()", "Playback({sounds}/announcement,noanswer)", "Hangup(17)"),
        outcome="busy",
        demo=True,
    ),
    _refuses("0081", "is busy (486)", 17, "busy", demo=True),
    _refuses("0082", "rejects the call (403)", 21, "rejected", demo=True),
    _refuses("0083", "does not exist (404)", 1, "invalid_number", demo=True),
    _refuses("0084", "is gone (410)", 22, "invalid_number", demo=True),
    _refuses("0085", "has no line free (503)", 34, "congestion", demo=True),
    _refuses("0086", "has trouble in its network (500)", 38, "failed", demo=True),
    _refuses("0087", "is switched off (480)", 19, "no_answer"),
    _refuses("0088", "has an incomplete number (484)", 28, "invalid_number"),
    Behaviour(
        digits="0091",
        name="rings and rings",
        steps=("Ringing()", "Wait(180)", "Hangup(19)"),
        outcome="no_answer",
        demo=True,
    ),
)

#: What ``./run demo`` calls.
DEMO = tuple(behaviour for behaviour in BEHAVIOURS if behaviour.demo)

#: Last four digits that ring a registered softphone of that name.
SOFTPHONES = range(1000, 1100)


def reference_table() -> str:
    """Return the table of ``docs/reference/handset-lab.md``, in Markdown."""
    lines = ["| last four digits | the handset | outcome | key |", "| --- | --- | --- | --- |"]
    lines += [f"| `{b.digits}` | {b.name} | `{b.outcome}` | {b.pressed or ''} |" for b in BEHAVIOURS]
    lines += ["| `1000` to `1099` | the softphone registered under that name rings | | |"]
    lines += ["| any other | answers and listens, as `0001` | `answered` | |"]
    return "\n".join(lines) + "\n"
