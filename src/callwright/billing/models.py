"""Money of an organisation as values. Amounts are ``Decimal`` with six places in the organisation's one currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from callwright.rules.pricing import Channel, Rate


class Kind(StrEnum):
    """Why money moved."""

    #: The organisation paid.
    TOPUP = "topup"
    #: The operator corrected or gave something.
    ADJUSTMENT = "adjustment"
    #: Held for a contact that is about to begin, and for its next increments.
    RESERVE = "reserve"
    RENEW = "renew"
    #: A contact ended and is paid; the rest of its hold came back.
    SETTLE = "settle"
    #: It cost nothing, and the hold came back.
    RELEASE = "release"
    #: What was paid for a contact was given back.
    REFUND = "refund"


class Account(StrEnum):
    """Where money is; an account grows by positive amounts."""

    PREPAID = "prepaid"
    RESERVED = "reserved"
    REVENUE = "revenue"
    CREDIT = "credit"
    #: The one account outside of the appliance: what came in is negative there.
    CASH = "cash"


@dataclass(frozen=True, kw_only=True)
class RatePlan:
    """A price list of the operator."""

    id: str
    number: int
    name: str
    currency: str
    #: How many rates it has.
    size: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class DatedRate:
    """A rate of a plan, and since when it counts."""

    #: Cursor of the list.
    number: int
    rate: Rate
    effective_from: datetime


@dataclass(frozen=True, kw_only=True)
class Balance:
    """The money of an organisation."""

    organisation_id: str
    currency: str
    #: Not held for anything.
    available: Decimal
    #: Held for contacts that have not ended.
    reserved: Decimal
    low_at: Decimal | None
    low_since: datetime | None
    low_webhook_url: str | None

    @property
    def balance(self) -> Decimal:
        """All that is not spent."""
        return self.available + self.reserved


@dataclass(frozen=True, kw_only=True)
class Movement:
    """A transaction of the ledger: what each account gained; together zero."""

    organisation_id: str
    kind: Kind
    #: What it is about; the same kind of movement happens once for a subject.
    subject: str
    amounts: Mapping[Account, Decimal]
    note: str = ""
    call_id: str | None = None
    #: How much more (or less) counts as spent in each period, such as ``day 2026-01-31``.
    spent: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LedgerLine:
    """A movement that was written, as lists show it."""

    number: int
    kind: Kind
    subject: str
    call_id: str | None
    note: str
    created_at: datetime
    amounts: Mapping[Account, Decimal]


@dataclass(frozen=True, kw_only=True)
class HoldRequest:
    """A contact that is about to begin."""

    #: Id of the attempt or message.
    subject: str
    organisation_id: str
    channel: Channel
    #: E.164, or an address.
    destination: str
    call_id: str | None = None
    campaign_id: str | None = None
    #: Of channels that are not billed by time.
    units: int = 1


class Shortage(StrEnum):
    """Why a contact may not begin, or not go on."""

    BALANCE = "balance"
    ORGANISATION_BUDGET = "organisation_budget"
    CAMPAIGN_BUDGET = "campaign_budget"
    NO_RATE = "no_rate"

    @property
    def stops_organisation(self) -> bool:
        """Whether its other contacts are short of the same."""
        return self in {Shortage.BALANCE, Shortage.ORGANISATION_BUDGET}

    @property
    def words(self) -> str:
        """Return it as a reason of a call."""
        return {
            Shortage.BALANCE: "budget exhausted: the balance does not cover the call",
            Shortage.ORGANISATION_BUDGET: "budget exhausted: the organisation's",
            Shortage.CAMPAIGN_BUDGET: "budget exhausted: the campaign's",
            Shortage.NO_RATE: "the organisation's price list has no rate for this destination",
        }[self]


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What a contact is held or was charged for."""

    subject: str
    organisation_id: str
    call_id: str | None
    campaign_id: str | None
    rate: Rate
    #: Whose budgets it counts in.
    day: date
    held: Decimal
    covered_seconds: int
    #: ``None``: still held.
    charged: Decimal | None
    quantity: int | None
    exhausted_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Budget:
    """A hard limit, and what of it is spent or held."""

    #: ``None``: no limit.
    amount: Decimal | None
    used: Decimal


@dataclass(frozen=True, kw_only=True)
class Budgets:
    """The limits of an organisation."""

    currency: str | None
    daily: Budget
    monthly: Budget
    total: Budget
    campaigns: Mapping[str, Budget]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A month of an organisation: what it had, what moved, what it has."""

    currency: str
    #: First and last day, in the organisation's zone.
    first: date
    last: date
    opening: Decimal
    #: Sums by kind: ``topup``, ``adjustment``, ``usage``, ``refund``.
    movements: Mapping[str, Decimal]
    #: What usage consists of, by channel: how many contacts, and their cost.
    usage: Sequence[tuple[str, int, Decimal]]
    closing: Decimal


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What a destination costs an organisation."""

    #: ``None``: the plan has no rate for it.
    rate: Rate | None
    currency: str
