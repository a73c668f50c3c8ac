"""Who answered, as the engine's own detector tells it (``app_amd``): for where ours does not run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from callwright.clock import Clock
from callwright.flows import events as flow
from callwright.telephony.port import JudgingLeg

#: ``app_amd`` calls silence a machine; who says nothing is called nothing here.
_SILENCE: Final = "INITIALSILENCE"
_VERDICTS: Final = {"HUMAN": flow.Verdict.HUMAN, "MACHINE": flow.Verdict.MACHINE}
#: What such a verdict is worth: of two, one is often wrong on a noisy line.
_CONFIDENCE: Final = 0.5


async def judge(
    leg: JudgingLeg,
    clock: Clock,
    report: Callable[[flow.Judged | flow.GreetingEnded], None],
    *,
    answered_at: float,
    leaves: bool,
) -> None:
    """Report a verdict, and to who leaves a message for machines the end of the greeting; beeps are not known.

    Raises a ``CallwrightError`` when the engine cannot tell; what was due then is left to the caller.
    """
    async with leg.judge() as judging:
        status, cause = await judging.status()
        silent = cause.startswith(_SILENCE)
        verdict = flow.Verdict.SILENCE if silent else _VERDICTS.get(status, flow.Verdict.UNSURE)
        waits = leaves and verdict is flow.Verdict.MACHINE
        report(
            flow.Judged(
                verdict=verdict,
                confidence=0.0 if verdict is flow.Verdict.UNSURE else _CONFIDENCE,
                seconds=round(clock.monotonic() - answered_at, 2),
                reason=f"app_amd {cause}".strip(),
                greeting=waits,
            )
        )
        if waits:
            await judging.greeting_ended()
            report(flow.GreetingEnded(beep=False))
