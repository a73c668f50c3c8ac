"""From a request's fields to calls that can be written: numbers, caller id, flow, voice, placeholders, times."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from callwright.accounts.models import Principal
from callwright.api.native.call_emails import missing_in_email, read_fallback_email
from callwright.api.native.call_flows import CompiledFlow, FlowCompiler
from callwright.api.native.call_requests import CallFields
from callwright.api.native.call_retries import policy_from
from callwright.api.native.call_texts import read_fallback
from callwright.api.native.call_transfers import transfer_faults
from callwright.api.native.email_contents import EmailMeans
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import nearest, path, shortened
from callwright.api.native.written_emails import FallbackEmail
from callwright.calls.models import NewCall
from callwright.errors import FieldError, InvalidRequest
from callwright.events.catalogue import WEBHOOK_EVENTS
from callwright.numbers.extensions import read_extension
from callwright.numbers.parsing import country_of, is_forbidden, read_number
from callwright.numbers.pools import NamedPool
from callwright.numbers.service import SANDBOX_CALLER_ID

MAX_METADATA_BYTES = 16 * 1024
_MAX_NAME = 64
#: A call that is planned further ahead is a slip in the year.
_FURTHEST = timedelta(days=366)
#: ``2025-04-15T10:30`` at least: a date alone does not say when to call.
_SHORTEST_TIME = 16
#: What decides the number that is shown.
_CALLER_ID = ("from_", "from_pool")
#: The kinds of what is heard; a call has one.
_CONTENTS = ("message", "audio", "flow")


@dataclass(frozen=True, kw_only=True)
class ReadCall:
    """A call that can be created, and what a dry run shows of it."""

    new: NewCall
    flow: CompiledFlow
    #: The pool that gives it its number; until then ``new.from_number`` is empty.
    pool_id: str | None = None


class CallReader:
    """Reads the calls of one request. What calls share is looked at once."""

    def __init__(
        self,
        caller: Principal,
        *,
        shared: CallFields,
        usable_numbers: Sequence[str],
        extensions: Collection[str],
        compiler: FlowCompiler,
        url_check: UrlCheck,
        now: datetime,
        allowed_countries: Sequence[str] | None = None,
        pools: Mapping[str, NamedPool] | None = None,
        senders: Mapping[str, Any] | None = None,
        emails: EmailMeans | None = None,
        calls: bool = True,
    ) -> None:
        """``senders``: whom texts may come from, where a call may be followed by one; ``emails`` likewise.

        ``calls`` ``False``: what is read only writes, and shows no number.
        """
        self._caller = caller
        self._senders = senders or {}
        self._emails = emails
        self._calls = calls
        #: By the names that the request calls them.
        self._pools = pools or {}
        self._shared = shared
        self._usable = usable_numbers
        #: As they are called: ``Ext:1000``.
        self._extensions = extensions
        self._allowed_countries = allowed_countries
        self._compiler = compiler
        self._url_check = url_check
        self._now = now
        #: The email after each of the calls that has none of its own, and what is wrong with it: files are read once.
        self._shared_email: tuple[Mapping[str, Any] | None, list[FieldError]] | None = None

    def read(self, to: Any, *, to_field: str, own: CallFields | None = None, prefix: str = "") -> ReadCall:
        """Return one call; ``own`` are its fields below ``prefix`` in a batch. Raises ``InvalidRequest``."""
        fields = _Fields(self._shared, own, prefix)
        errors: list[FieldError] = []
        region, sandbox = self._caller.organisation.region, self._caller.sandbox
        to_number = ""
        extension = read_extension(to)
        try:
            if extension is None:
                to_number = read_number(to, field=to_field, region=region, sandbox=sandbox)
            elif extension in self._extensions:
                to_number = extension
            else:
                errors.append(unknown_extension(to_field, extension))
        except InvalidRequest as error:
            errors += error.errors
        reason = self._number_fault(to_number) if to_number and extension is None else None
        if reason is not None:
            errors.append(FieldError(field=to_field, message=reason, received=shortened(to)))
        return self._read(fields, to_number, errors)

    def template(self) -> ReadCall:
        """Return what calls of a list have in common: no number, and placeholders may be filled by each of them.

        Raises ``InvalidRequest``.
        """
        return self._read(_Fields(self._shared, None, ""), "", [], for_many=True)

    def _read(self, fields: _Fields, to_number: str, errors: list[FieldError], *, for_many: bool = False) -> ReadCall:
        pool_id = self._pool(fields, errors)
        shows = self._calls and fields.get("from_pool") is None
        from_number = self._from_number(fields, errors) if shows else ""
        variables = self._variables(fields, errors)
        flow = self._flow(fields, None if for_many else variables, errors)
        metadata = self._metadata(fields, errors)
        self._webhook(fields, errors)
        fallback = read_fallback(
            fields, None if for_many else variables, caller=self._caller, senders=self._senders, errors=errors
        )
        by_email = self._email(fields, None if for_many else variables, errors)
        due_at = self._due_at(fields, errors)
        not_after = self._not_after(fields, due_at, errors)
        if errors or flow is None:
            raise InvalidRequest(errors)
        ring_timeout, priority = fields.get("ring_timeout_seconds"), fields.get("priority")
        return ReadCall(
            flow=flow,
            pool_id=pool_id,
            new=NewCall(
                to_number=to_number,
                from_number=from_number,
                flow=flow.body,
                variables=variables,
                metadata=metadata,
                webhook_url=fields.get("webhook_url"),
                webhook_events=tuple(fields.get("webhook_events") or ()),
                due_at=due_at,
                not_after=not_after,
                retry=policy_from(fields.get("retry"), fields.get("retry_incomplete")),
                fallback_sms=fallback,
                fallback_email=by_email,
                topic=" ".join(fields.get("topic").split()) if fields.get("topic") else None,
                **({} if ring_timeout is None else {"ring_timeout_seconds": ring_timeout}),
                **({} if priority is None else {"priority": priority}),
            ),
        )

    def _email(
        self, fields: _Fields, variables: Mapping[str, str] | None, errors: list[FieldError]
    ) -> Mapping[str, Any] | None:
        given: FallbackEmail | None = fields.get("fallback_email")
        at = fields.where("fallback_email")
        if given is None:
            return None
        read: Mapping[str, Any] | None
        if given is not self._shared.fallback_email:
            read = read_fallback_email(given, self._emails, at=at, errors=errors)
        else:
            if self._shared_email is None:
                faults: list[FieldError] = []
                self._shared_email = read_fallback_email(given, self._emails, at=at, errors=faults), faults
            read, faults = self._shared_email
            errors += faults
        if read is not None and variables is not None:
            errors += missing_in_email(read, variables, at=at)
        return read

    def _number_fault(self, number: str) -> str | None:
        """Return why a number is never called with this key."""
        return None if self._caller.sandbox else is_forbidden(number) or foreign(number, self._allowed_countries)

    def _pool(self, fields: _Fields, errors: list[FieldError]) -> str | None:
        name, field = fields.get("from_pool"), fields.where("from_pool")
        if name is None:
            return None
        if fields.get("from_") is not None:
            message = "give either from or from_pool, not both"
        elif (pool := self._pools.get(name)) is None:
            message = "is not a number pool of this organisation; GET /api/v1/number-pools lists those"
        elif not pool.usable:
            message = "is a pool without a verified number that these calls may show"
        else:
            return pool.id
        errors.append(FieldError(field=field, message=message, received=name))
        return None

    def _from_number(self, fields: _Fields, errors: list[FieldError]) -> str:
        given, field, sandbox = fields.get("from_"), fields.where("from_"), self._caller.sandbox
        if given is None:
            if self._usable:
                return self._usable[0]
            if not sandbox:
                message = "is required: the organisation has no verified number yet (callwright numbers add)"
                errors.append(FieldError(field=field, message=message))
            return SANDBOX_CALLER_ID
        try:
            number = read_number(given, field=field, region=self._caller.organisation.region, sandbox=sandbox)
        except InvalidRequest as error:
            errors += error.errors
            return ""
        if not sandbox and number not in self._usable:
            message = "is not a verified number of this organisation; GET /api/v1/numbers lists those"
            errors.append(FieldError(field=field, message=message, received=given))
        return number

    def _variables(self, fields: _Fields, errors: list[FieldError]) -> dict[str, str]:
        merged = {**(self._shared.variables or {}), **(fields.own.variables or {} if fields.own else {})}
        for name in merged:
            if len(name) > _MAX_NAME:
                message = f"a variable's name may have at most {_MAX_NAME} characters"
                errors.append(FieldError(field=fields.where("variables"), message=message, received=shortened(name)))
        return merged

    def _flow(
        self, fields: _Fields, variables: Mapping[str, str] | None, errors: list[FieldError]
    ) -> CompiledFlow | None:
        try:
            flow = self._compiler.compile(fields.flow_values())
        except InvalidRequest as error:
            errors += [fields.placed(fault) for fault in error.errors]
            return None
        for field, name in () if variables is None else flow.missing(variables):
            message = f"the placeholder {{{name}}} has no value: give it in variables"
            errors.append(fields.placed(FieldError(field=field, message=message, received=name)))
        faults = transfer_faults(
            flow.flow,
            at="" if fields.flow_values()["flow"] is None else "flow",
            extensions=self._extensions,
            usable_numbers=self._usable,
            number_fault=self._number_fault,
            sandbox=self._caller.sandbox,
        )
        errors += [fields.placed(fault) for fault in faults]
        return flow

    def _metadata(self, fields: _Fields, errors: list[FieldError]) -> Mapping[str, Any]:
        metadata: Mapping[str, Any] = fields.get("metadata") or {}
        if metadata and len(orjson.dumps(metadata)) > MAX_METADATA_BYTES:
            message = f"must have at most {MAX_METADATA_BYTES // 1024} kB as JSON"
            errors.append(FieldError(field=fields.where("metadata"), message=message))
        return metadata

    def _webhook(self, fields: _Fields, errors: list[FieldError]) -> None:
        url = fields.get("webhook_url")
        if url is not None and (fault := self._url_check.fault(url)) is not None:
            errors.append(FieldError(field=fields.where("webhook_url"), message=fault, received=shortened(url)))
        for index, event in enumerate(fields.get("webhook_events") or ()):
            if event not in WEBHOOK_EVENTS:
                meant = nearest(event, WEBHOOK_EVENTS)
                hint = f"did you mean {meant!r}?" if meant else f"one of {', '.join(sorted(WEBHOOK_EVENTS))}"
                errors.append(
                    FieldError(
                        field=path([fields.where("webhook_events"), index]),
                        message=f"is not an event; {hint}",
                        received=shortened(event),
                    )
                )

    def _due_at(self, fields: _Fields, errors: list[FieldError]) -> datetime | None:
        try:
            return read_due_at(
                fields.get("scheduled_at"),
                zone=self._caller.organisation.time_zone,
                now=self._now,
                field=fields.where("scheduled_at"),
            )
        except InvalidRequest as error:
            errors += error.errors
            return None

    def _not_after(self, fields: _Fields, due_at: datetime | None, errors: list[FieldError]) -> datetime | None:
        text = fields.get("expires_at")
        if text is None:
            return None
        moment = self._moment(text)
        if moment is None:
            message = "must be a time such as 2025-04-15T18:00:00Z; without a zone it is in the account's"
        elif moment <= self._now:
            message = "has passed: the call would never be made"
        elif moment > self._now + _FURTHEST:
            message = f"must be within {_FURTHEST.days} days"
        elif due_at is not None and moment <= due_at:
            message = "must be after scheduled_at: the call would never be made"
        else:
            return moment
        errors.append(FieldError(field=fields.where("expires_at"), message=message, received=text))
        return None

    def _moment(self, text: str) -> datetime | None:
        return _moment(text, self._caller.organisation.time_zone)


def read_due_at(text: str | None, *, zone: str, now: datetime, field: str = "scheduled_at") -> datetime | None:
    """Return the time before which a call is not made; ``None``: at once.

    Raises ``InvalidRequest`` naming ``field``.
    """
    if text is None:
        return None
    moment = _moment(text, zone)
    if moment is None:
        message = "must be a time such as 2025-04-15T10:30:00Z; without a zone it is in the account's"
    elif moment > now + _FURTHEST:
        message = f"must be within {_FURTHEST.days} days"
    else:
        # what is past is due now, in the order in which it came
        return moment if moment > now else None
    raise InvalidRequest([FieldError(field=field, message=message, received=text)])


def _moment(text: str, zone: str) -> datetime | None:
    if len(text) < _SHORTEST_TIME:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def foreign(number: str, allowed: Sequence[str] | None) -> str | None:
    """Return why an organisation with these countries does not call ``number``; ``None``: it may. All are: ``None``."""
    country = country_of(number)
    if allowed is None or country in allowed:
        return None
    where = "numbers of this country" if country is None else f"numbers of {country}"
    return f"{where} are not called: allowed_countries of /api/v1/limits names {', '.join(allowed) or 'none'}"


def unknown_extension(field: str, extension: str) -> FieldError:
    """Return what is said of an extension that the organisation does not have."""
    message = f"{extension} is not an extension of this organisation; GET /api/v1/extensions lists those"
    return FieldError(field=field, message=message, received=extension)


class _Fields:
    """A call's fields over those of its request, and where each value was written."""

    def __init__(self, shared: CallFields, own: CallFields | None, prefix: str) -> None:
        self.shared = shared
        self.own = own
        self._prefix = prefix

    def get(self, name: str) -> Any:
        """Return the call's own value, else the shared one; ``null`` counts as absent."""
        value = None if self.own is None else getattr(self.own, name)
        if value is None and name in _CALLER_ID and self._has_own_caller_id:
            # a call's own choice replaces the shared one, of either kind
            return None
        return getattr(self.shared, name) if value is None else value

    @property
    def _has_own_caller_id(self) -> bool:
        return self.own is not None and any(getattr(self.own, name) is not None for name in _CALLER_ID)

    def where(self, name: str) -> str:
        """Return the path at which the value stands, or should have stood."""
        is_own = self.own is not None and (getattr(self.own, name) is not None or getattr(self.shared, name) is None)
        written = CallFields.model_fields[name].alias or name
        return path([self._prefix, written]) if is_own and self._prefix else written

    def flow_values(self) -> dict[str, Any]:
        """Return what decides the flow. A call's own message, audio or flow replaces the shared one of any kind."""
        values = {name: self.get(name) for name in FlowCompiler.FIELDS}
        if any(getattr(self.own, name, None) is not None for name in _CONTENTS):
            values |= {name: getattr(self.own, name) for name in _CONTENTS}
        return values

    def placed(self, fault: FieldError) -> FieldError:
        """Return a fault of the flow with the path at which its field stands in this request."""
        head, mark, rest = _split(fault.field)
        if head not in FlowCompiler.FIELDS:
            head, mark, rest = "flow" if self.get("flow") is not None else "message", "", ""
        return FieldError(field=self.where(head) + mark + rest, message=fault.message, received=fault.received)


def _split(field: str) -> tuple[str, str, str]:
    """Split ``dtmf.1.url`` into its first name, the mark after it, and the rest."""
    for at, character in enumerate(field):
        if character in ".[":
            return field[:at], character, field[at + 1 :]
    return field, "", ""
