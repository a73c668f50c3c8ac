"""Steps that are over at once, or as soon as they have spoken: choose, set, send, post, opt out."""

from __future__ import annotations

from callwright.flows import commands
from callwright.flows.comparing import holds
from callwright.flows.fields import E164, EMAIL
from callwright.flows.state import Phase
from callwright.flows.steps import Branch, Email, OptOut, Set, Sms, Webhook
from callwright.flows.templates import lookup, placeholders
from callwright.flows.turn import Go, Turn


def branch(turn: Turn, step: Branch) -> Go:
    """Go where the first case that holds leads."""
    for case in step.cases:
        value = case.value
        if isinstance(value, str):
            value = turn.fill(value)
        elif isinstance(value, tuple):
            value = tuple(turn.fill(one) if isinstance(one, str) else one for one in value)
        if holds(case.operator, lookup(case.variable, turn.state.variables), value):
            return Go(target=case.next)
    return Go(target=step.otherwise)


def assign(turn: Turn, step: Set) -> Go:
    """Set variables, all from the values that stood before; what is made of a secret is one."""
    values = {name: turn.fill(text) for name, text in step.variables.items()}
    hidden = {name.casefold() for name in turn.state.secrets}
    secret = {
        name for name, text in step.variables.items() if any(used.casefold() in hidden for used in placeholders(text))
    }
    turn.save({name: value for name, value in values.items() if name not in secret})
    turn.save({name: value for name, value in values.items() if name in secret}, secret=True)
    return Go(target=step.next)


def sms(turn: Turn, step: Sms) -> Go:
    """Send a text message, unless its recipient turned out to be no number."""
    to = turn.state.to if step.to == "callee" else turn.fill_public(step.to).strip()
    text = turn.fill_public(step.text).strip()
    if step.to != "callee" and not E164.fullmatch(to):
        turn.note("not_sent", reason="the recipient is not an E.164 number", destination=to)
    elif not text:
        turn.note("not_sent", reason="the text is empty")
    else:
        turn.emit(commands.SendSms(to=to, text=text))
    return Go(target=step.next)


def email(turn: Turn, step: Email) -> Go:
    """Send an email, unless its recipient turned out to be no address."""
    to = turn.fill_public(step.to).strip()
    if not EMAIL.fullmatch(to):
        turn.note("not_sent", reason="the recipient is not an email address", destination=to)
    else:
        # a value with a line break must not begin a new header
        subject = " ".join(turn.fill_public(step.subject).split())
        values = {name: turn.fill_public(f"{{{name}}}") for name in sorted(placeholders(step.html or ""))}
        turn.emit(
            commands.SendEmail(to=to, subject=subject, text=turn.fill_public(step.text), html=step.html, values=values)
        )
    return Go(target=step.next)


def webhook(turn: Turn, step: Webhook) -> Go | None:
    """Post; stand still until the answer when the author wants it."""
    body = turn.fill_public(step.body) if step.body is not None else None
    turn.emit(commands.PostWebhook(url=step.url, digit=turn.state.choice, body=body, wait=step.wait))
    if not step.wait:
        turn.note("webhook", result="posted")
        return Go(target=step.next)
    turn.note("webhook", result="waiting")
    turn.change(phase=Phase.REPLYING)
    turn.start_timer(step.timeout_seconds)
    return None


def opt_out(turn: Turn, step: OptOut) -> Go | None:
    """Record the wish before confirming it, so that what the callee hears is true."""
    turn.emit(commands.OptOut(scope=step.scope, evidence=turn.state.evidence))
    turn.note("optout", scope=step.scope, evidence=turn.state.evidence)
    return None if turn.speak(Phase.SPEAKING) else Go(target=step.next)
