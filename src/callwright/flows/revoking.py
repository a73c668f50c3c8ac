"""Somebody says that he does not want to be called again: it is put on record, confirmed, and the call ends.

That wish counts wherever it is heard, whatever the flow asked (47 CFR 64.1200(a)(10): by any reasonable means).
"""

from __future__ import annotations

from callwright.flows import commands
from callwright.flows.confirmations import SCOPE
from callwright.flows.language import Flow
from callwright.flows.state import Phase
from callwright.flows.steps import OptOut
from callwright.flows.turn import Go, Turn


def revoke(turn: Turn, *, evidence: str, language: str | None) -> Go | None:
    """Put the wish on record before confirming it, so that what the callee hears is true."""
    turn.stop_listening()
    # a machine does not say so: a later verdict is not believed
    turn.change(revoked=language or "", person=True, timer=None, entry="", typed="", evidence=evidence)
    turn.emit(commands.OptOut(scope=SCOPE, evidence=evidence))
    turn.note("optout", scope=SCOPE, evidence=evidence)
    return None if turn.speak(Phase.SPEAKING) else Go(target=None)


def leads_to_opt_out(flow: Flow, target: str | None) -> bool:
    """Return whether the author's own way from this step is an opt-out, whatever he does before it."""
    seen: set[str] = set()
    while target is not None and target not in seen:
        seen.add(target)
        step = flow.steps.get(target)
        if isinstance(step, OptOut):
            return True
        if step is None or step.waits:
            return False
        target = getattr(step, "next", None)
    return False
