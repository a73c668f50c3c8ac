"""Every type of event, with a sentence: the source of the reference page and of what ``webhook_events`` may name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class EventType:
    """One type of event."""

    name: str
    #: What happened, as a sentence for the reference.
    meaning: str
    #: Whether ``webhook_url`` gets it without asking: the guide's five of a call, what becomes of a message.
    by_default: bool = False
    #: Whether ``webhook_events`` may name it. What does not goes to the feed and the timeline only.
    may_ask: bool = True


_TYPES = (
    EventType(name="call.queued", meaning="The call was accepted and waits for its turn."),
    EventType(
        name="call.ordered",
        meaning="The call was asked for through a dialect: `order_id`, `dialect`, and `ignored_fields`, which the "
        "program sent and the dialect does not know.",
        may_ask=False,
    ),
    EventType(
        name="call.rescheduled",
        meaning="The call, which waits, was given another time: `scheduled_at`.",
    ),
    EventType(
        name="call.deferred",
        meaning="The call may not be made now (calling hours, another call to the same number); `reason` says why "
        "and until when.",
    ),
    EventType(name="call.received", meaning="Somebody calls one of your numbers; the call is about to be answered."),
    EventType(name="call.dialing", meaning="An attempt to reach the callee begins."),
    EventType(name="call.ringing", meaning="The callee's telephone rings."),
    EventType(name="call.answered", meaning="The telephone was picked up, by a person or a machine."),
    EventType(
        name="call.machine_detection",
        meaning="Who answered, says the detector: `verdict` is `human`, `machine`, `fax`, `silence` or `unsure`; "
        "`confidence`, `seconds` since the answer, `reason`; `revised` when a beep turned an earlier verdict, "
        "`disbelieved` when a key had shown that a person is there.",
    ),
    EventType(name="call.dtmf", meaning="The callee pressed keys that the call waited for."),
    EventType(
        name="call.accepted",
        meaning="The callee accepted (the step `accept`); `place` is `taken`, `stand_by` or `filled`.",
    ),
    EventType(name="call.transfer_started", meaning="Somebody is called to be connected with the callee."),
    EventType(name="call.transfer_answered", meaning="The other side took the call: both hear each other."),
    EventType(
        name="call.transfer_failed",
        meaning="Nobody was reached: `reason` is `busy`, `no_answer`, `failed`, `congestion`, `invalid_number` or "
        "`callee_hung_up`, `detail` says more.",
    ),
    EventType(
        name="call.transfer_ended",
        meaning="The two hear each other no longer, after `seconds`; `reason` `callee_hung_up` when it was the callee.",
    ),
    EventType(
        name="call.step",
        meaning="A step of the flow was carried out: a line of the timeline.",
        may_ask=False,
    ),
    EventType(name="call.attempt_ended", meaning="An attempt ended; another may follow."),
    EventType(
        name="call.budget_exhausted",
        meaning="Nobody pays for more of the call: it ends with the time that is paid; `reason` says what was short.",
    ),
    EventType(name="call.cancel_requested", meaning="The call is in the air and was asked to hang up."),
    EventType(
        name="call.completed", meaning="The call was answered and has ended. The last event of a call.", by_default=True
    ),
    EventType(
        name="call.no_answer",
        meaning="Nobody answered: `status` tells `no_answer`, `busy` and `rejected` apart. The last event of a call.",
        by_default=True,
    ),
    EventType(
        name="call.voicemail",
        meaning="A machine answered, whether or not a message was left. The last event of a call.",
        by_default=True,
    ),
    EventType(
        name="call.failed",
        meaning="The call could not be made or broke off. The last event of a call.",
        by_default=True,
    ),
    EventType(
        name="call.cancelled",
        meaning="The call was cancelled, expired or was skipped by a rule. The last event of a call.",
    ),
    EventType(name="campaign.created", meaning="A campaign was created, as a draft.", may_ask=False),
    EventType(name="campaign.scheduled", meaning="A campaign waits for its start."),
    EventType(name="campaign.started", meaning="A campaign began to call."),
    EventType(
        name="campaign.paused", meaning="A campaign makes no calls until it is resumed; `reason` when nobody asked."
    ),
    EventType(name="campaign.resumed", meaning="A campaign goes on."),
    EventType(name="campaign.completed", meaning="Everybody of a campaign's list has an outcome."),
    EventType(name="campaign.cancelled", meaning="A campaign was ended: nobody else is called."),
    EventType(
        name="call.recording_ready",
        meaning="A recording is stored: `recording_id`, `kind` (`call`, or the `answer` to a `step`), `seconds`. "
        "It may come after the last event of its call.",
    ),
    EventType(name="call.recording_failed", meaning="There will be no recording, because of `reason`."),
    EventType(name="call.recording_paused", meaning="Silence is recorded in place of the call: somebody asked for it."),
    EventType(name="call.recording_resumed", meaning="The call is recorded again."),
    EventType(
        name="call.recording_deleted",
        meaning="The sound of a recording is gone; `reason` says why, its time was over or somebody deleted it.",
    ),
    EventType(name="campaign.accept_withdrawn", meaning="Somebody who had accepted gave the place back."),
    EventType(name="campaign.moved_up", meaning="A recipient who stood by has a place now: call or write to them."),
    EventType(
        name="trunk.suspended",
        meaning="Too much failed on a trunk: nothing goes over it until `until`, then one call is tried.",
        may_ask=False,
    ),
    EventType(name="trunk.resumed", meaning="Calls go over a trunk again that was suspended.", may_ask=False),
    EventType(name="approval.requested", meaning="A text or a recording waits for somebody's approval.", may_ask=False),
    EventType(
        name="approval.decided",
        meaning="It was approved or rejected: `state`; what waited for it goes on, or ends.",
        may_ask=False,
    ),
    EventType(name="audio.ready", meaning="An audio was converted: flows can play it from now on.", may_ask=False),
    EventType(name="audio.failed", meaning="An audio cannot be used; `reason` says why, in words.", may_ask=False),
    EventType(
        name="account.balance_low",
        meaning="The balance fell below the account's `low_balance_at`; told once until it is above again.",
        may_ask=False,
    ),
    EventType(name="number.verified", meaning="Somebody proved by a code that you may show a number.", may_ask=False),
    EventType(
        name="verification.verified", meaning="A person gave back the code that was sent to them.", may_ask=False
    ),
    EventType(
        name="verification.failed",
        meaning="The call with the code reached nobody, or too many codes were wrong: `reason`.",
        may_ask=False,
    ),
    EventType(name="sms.sent", meaning="The provider has the text message.", by_default=True),
    EventType(name="sms.delivered", meaning="The person's telephone has all of the text message.", by_default=True),
    EventType(
        name="sms.failed",
        meaning="The text message did not arrive: `status` is `failed`, `undelivered`, `expired`, `skipped` or "
        "`unknown` (it may have arrived), `reason` says why.",
        by_default=True,
    ),
    EventType(name="sms.cancelled", meaning="The text message was cancelled before it was sent."),
    EventType(name="sms.received", meaning="Somebody sent a text to one of your numbers.", by_default=True),
    EventType(name="email.sent", meaning="The mail server has the email.", by_default=True),
    EventType(
        name="email.delivered", meaning="The person's mail server reported that it has the email.", by_default=True
    ),
    EventType(
        name="email.failed",
        meaning="The email did not arrive: `status` is `failed`, `undelivered` (it came back), `expired`, `skipped` or "
        "`unknown` (it may have arrived), `reason` says why.",
        by_default=True,
    ),
    EventType(name="email.cancelled", meaning="The email was cancelled before it was sent."),
    EventType(
        name="email.opened",
        meaning="The picture of an email that counts openings was loaded for the first time, by a person or a program.",
    ),
    EventType(
        name="email.clicked", meaning="A link of an email that counts clicks was followed for the first time: `url`."
    ),
    EventType(
        name="contact.optin",
        meaning="A person wrote START: what they had wished by STOP is taken back.",
        may_ask=False,
    ),
    EventType(name="contact.optout", meaning="The callee asked not to be contacted again.", by_default=True),
)

#: By name, in the order in which a call goes through them.
EVENT_TYPES = {type_.name: type_ for type_ in _TYPES}

#: Sent to a call's ``webhook_url`` without being asked for.
DEFAULT_EVENTS = frozenset(type_.name for type_ in _TYPES if type_.by_default)

#: What ``webhook_events`` may name.
WEBHOOK_EVENTS = frozenset(type_.name for type_ in _TYPES if type_.may_ask)


def reference_table() -> str:
    """Return the table of ``docs/reference/webhooks.md``, in Markdown."""
    lines = ["| event | meaning | to `webhook_url` |", "| --- | --- | --- |"]
    for type_ in _TYPES:
        sent = "always" if type_.by_default else "when `webhook_events` names it" if type_.may_ask else "no, feed only"
        lines.append(f"| `{type_.name}` | {type_.meaning} | {sent} |")
    return "\n".join(lines) + "\n"
