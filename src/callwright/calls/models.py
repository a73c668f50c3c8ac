"""Calls, attempts and what is needed to create them, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from callwright.flows import commands
from callwright.rules.outcomes import Outcome
from callwright.rules.retries import RetryPolicy

OUTBOUND, INBOUND = "outbound", "inbound"
#: Number of a caller who does not show one, as SIP writes it.
WITHHELD = "anonymous"


@dataclass(frozen=True, kw_only=True)
class NewCall:
    """A call to be created; every field is already validated and normalised."""

    #: E.164 with ``+``.
    to_number: str
    from_number: str
    #: Canonical JSON of the flow (``flows.language.Flow``).
    flow: Mapping[str, Any]
    variables: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    webhook_url: str | None = None
    #: Extra events for ``webhook_url`` beside the guide's five.
    webhook_events: Sequence[str] = ()
    #: Whose body it gets: a dialect's name; ``None``: the guide's.
    webhook_format: str | None = None
    ring_timeout_seconds: int = 30
    #: 0 (last) to 9 (first).
    priority: int = 5
    #: Not before this time; ``None``: at once.
    due_at: datetime | None = None
    #: What it is about, for opt-outs of this topic alone.
    topic: str | None = None
    #: Too late afterwards: it ends as expired; ``None``: never.
    not_after: datetime | None = None
    #: Windows of its own, as of a campaign's schedule (``rules.timetables``); ``None``: there are none.
    own_hours: Mapping[str, Any] | None = None
    #: What follows an attempt that did not reach its end.
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    #: ``None``: that of who makes it.
    purpose: str | None = None
    #: What is said in the place of ``flows.sealed.MARK``, sealed with the appliance's key; gone when it has ended.
    sealed: str | None = None
    #: Hung up so many seconds after the telephone began to ring; ``None``: it is to be answered.
    ring_only_seconds: int | None = None
    #: What it says is the appliance's own text, which nobody has to approve.
    own_text: bool = False
    #: The text to somebody whom it did not reach: ``message``, ``from``, ``plain``.
    fallback_sms: Mapping[str, Any] | None = None
    #: The email to them: ``from``, a mail's content, and ``to``, which may be absent: an address of the contact.
    fallback_email: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Call:
    """One contact by telephone, as the API shows it."""

    id: str
    number: int
    organisation_id: str
    campaign_id: str | None
    #: The person who made it; ``None``: the organisation's.
    owner_id: str | None = None
    sandbox: bool
    purpose: str
    #: ``outbound``, or ``inbound``: then ``to_number`` is ours and ``from_number`` the caller's, or ``WITHHELD``.
    direction: str
    to_number: str
    from_number: str
    #: ``queued``, ``dialing``, ``ringing``, ``in_progress`` or a final status of ``rules.outcomes``.
    status: str
    outcome: Outcome | None
    variables: Mapping[str, str]
    metadata: Mapping[str, Any]
    webhook_url: str | None
    webhook_events: Sequence[str]
    ring_timeout_seconds: int
    priority: int
    due_at: datetime
    #: Why it is deferred or was not made.
    reason: str | None
    attempts: int
    amd_result: str | None
    dtmf_response: str | None
    duration_seconds: int | None
    answered_at: datetime | None
    ended_at: datetime | None
    created_at: datetime
    #: Not dialled after this time.
    not_after: datetime | None
    retry: RetryPolicy
    #: What its attempts and transfers were charged so far; ``None``: it costs nothing.
    price: Decimal | None
    #: ISO 4217.
    currency: str | None
    #: What it is about, as its author wrote it.
    topic: str | None = None
    #: Whose body its webhooks have: a dialect's name; ``None``: the guide's.
    webhook_format: str | None = None
    #: Windows of its own, as JSON of ``rules.timetables``; ``None``: there are none.
    own_hours: Mapping[str, Any] | None = None
    #: Hung up so many seconds after the telephone began to ring; ``None``: it is to be answered.
    ring_only_seconds: int | None = None

    @property
    def person(self) -> str:
        """The number of the person that we speak with: the callee's, or the caller's of an inbound call."""
        return self.from_number if self.direction == INBOUND else self.to_number


@dataclass(frozen=True, kw_only=True)
class CallFilter:
    """What a list of calls is narrowed to."""

    direction: str | None = None

    status: str | None = None
    outcome: Outcome | None = None
    to_number: str | None = None
    campaign_id: str | None = None
    number: int | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Permission:
    """The attempt may be dialled: this is how."""

    #: Name of the trunk, or of the registration of an extension.
    trunk: str
    dial_string: str
    caller_number: str
    #: The callee must not see the number.
    withheld: bool = False
    #: The level of attestation with which it is signed (RFC 8588: ``A``, ``B``, ``C``); ``None``: it is not.
    attestation: str | None = None
    #: Whether it goes to a telephone that registers with us.
    registered: bool = False
    #: Whether ``dial_string`` is the user part of a SIP address, and not a number.
    sip_user: bool = False


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try to reach the callee, claimed by a dialer."""

    id: str
    organisation_id: str
    call_id: str
    ordinal: int
    to_number: str
    from_number: str
    sandbox: bool
    purpose: str
    ring_timeout_seconds: int
    #: When the trunk's rate allows the INVITE.
    not_before: datetime
    #: A stored flow never changes, so its id stands for its content.
    flow_id: str
    flow: Mapping[str, Any]
    variables: Mapping[str, str]
    voice: str
    #: As of ``NewCall``.
    sealed: str | None = field(default=None, repr=False)
    ring_only_seconds: int | None = None
    direction: str = OUTBOUND
    #: The campaign of whose list it is.
    campaign_id: str | None = None
    #: Given with the claim to an attempt that was decided there and is ``dialing`` already; else it is asked for.
    permission: Permission | None = None

    @property
    def inbound(self) -> bool:
        """Whether somebody called us."""
        return self.direction == INBOUND

    @property
    def person(self) -> str:
        """The number of the person that we speak with."""
        return self.from_number if self.inbound else self.to_number

    @property
    def own_number(self) -> str:
        """Our number: the one that was shown, or called."""
        return self.to_number if self.inbound else self.from_number


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """How an attempt ended."""

    outcome: Outcome
    #: Q.850; 0 when the network gave none.
    cause: int
    #: Final SIP status of an unanswered call.
    sip_status: int | None
    #: ``callee``, ``us``, ``ring_timeout`` or ``engine``.
    ended_by: str
    #: What the outcome alone does not say, in words.
    reason: str | None = None
    #: The flow's last durable effects, committed together with the end.
    effects: Sequence[commands.Command] = ()
    #: The person hung up before the flow's end.
    incomplete: bool = False
    #: It failed for its trunk's own sake, before anything rang.
    trunk_fault: bool = False
    #: Seconds after the answer until something was heard, or until the end; ``None``: not known, or not answered.
    waited_seconds: float | None = None
    #: When it was answered and when it ended, if that is learnt afterwards; else what was stored, and now.
    answered_at: datetime | None = None
    ended_at: datetime | None = None
