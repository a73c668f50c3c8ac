"""One call or many: what a request asks for, read as a whole, and what is answered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from callwright.accounts.models import Principal
from callwright.api.native import call_views as views
from callwright.api.native.batch_shapes import check_shape
from callwright.api.native.call_flows import FlowCache, FlowCompiler
from callwright.api.native.call_hours import hours_json
from callwright.api.native.call_reading import CallReader, ReadCall
from callwright.api.native.call_requests import CallItem, CallsRequest
from callwright.api.native.email_contents import EmailMeans
from callwright.api.native.problems import MAX_ERRORS, listed
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import parsed
from callwright.audio.models import Audio
from callwright.calls.models import Call
from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.extensions import is_extension
from callwright.numbers.parsing import is_valid
from callwright.numbers.pools import NamedPool
from callwright.speech.tts.voices import VoiceCatalogue


@dataclass(frozen=True, kw_only=True)
class ReadBatch:
    """The calls of a request, all of them good, and those that were left out when it asked for a part."""

    single: bool
    partial: bool
    campaign_name: str | None
    #: Good calls with their place in the request.
    calls: Sequence[tuple[int, ReadCall]]
    errors: Sequence[FieldError] = ()

    @property
    def callees_of_pools(self) -> list[tuple[str, str]]:
        """Pool id and callee of each call that takes its number from a pool, in order."""
        return [(call.pool_id, call.new.to_number) for _, call in self.calls if call.pool_id is not None]

    def shown_from(self, taken: Sequence[str]) -> ReadBatch:
        """Return the batch with the numbers that were taken for ``callees_of_pools``."""
        left = iter(taken)
        calls = [
            (index, call if call.pool_id is None else replace(call, new=replace(call.new, from_number=next(left))))
            for index, call in self.calls
        ]
        return replace(self, calls=calls)

    def answer(self, created: Sequence[Call]) -> dict[str, Any]:
        """Return what is answered when the calls have been written, in their order."""
        shown = [
            views.created(call, read.flow.voice) | ({"index": index} if self.partial else {})
            for call, (index, read) in zip(created, self.calls, strict=True)
        ]
        if self.single:
            return shown[0]
        answer: dict[str, Any] = {"calls": shown, "campaign_id": created[0].campaign_id}
        return answer | self._left_out()

    def dry_run(
        self, suppressed: Collection[str], *, estimate: Callable[[str, str], str | None], currency: str | None
    ) -> dict[str, Any]:
        """Return what would be said; ``suppressed`` are the numbers that must not be called.

        ``estimate`` tells what it costs to say a text to a number.
        """
        shown = [
            {
                "to": read.new.to_number,
                "from": read.new.from_number,
                "preview": read.flow.preview(read.new.variables),
                "voice": None if read.flow.voice is None else read.flow.voice.model_dump(),
                "warnings": list(_warnings(read.new.to_number, suppressed)),
                "estimated_cost": estimate(read.new.to_number, read.flow.preview(read.new.variables)),
                "currency": currency,
            }
            | ({"index": index} if self.partial else {})
            for index, read in self.calls
        ]
        return {"dry_run": True, "calls": shown} | self._left_out()

    def _left_out(self) -> dict[str, Any]:
        if not self.partial:
            return {}
        return {"errors": listed(self.errors)}


def read_batch(
    wanted: CallsRequest,
    *,
    caller: Principal,
    usable_numbers: Sequence[str],
    extensions: Collection[str] = (),
    voices: VoiceCatalogue,
    capabilities: frozenset[str],
    url_check: UrlCheck,
    now: datetime,
    flows: FlowCache | None = None,
    allowed_countries: Sequence[str] | None = None,
    pools: Mapping[str, NamedPool] | None = None,
    audio: Mapping[str, Audio] | None = None,
    senders: Mapping[str, Any] | None = None,
    emails: EmailMeans | None = None,
) -> ReadBatch:
    """Return the calls that a request asks for; raises ``InvalidRequest`` that names every wrong field.

    With ``partial`` wrong calls are left out, unless all are wrong.
    """
    single = not isinstance(wanted.to, list) and wanted.calls is None
    own_hours = None if wanted.hours is None else hours_json(wanted.hours)
    check_shape(
        to=wanted.to,
        items=wanted.calls,
        items_field="calls",
        size=wanted.size,
        partial=wanted.partial,
        single=single,
        called="calls",
    )
    reader = CallReader(
        caller,
        shared=wanted,
        usable_numbers=usable_numbers,
        extensions=extensions,
        compiler=FlowCompiler(
            voices,
            default_voice=caller.organisation.voice,
            capabilities=capabilities,
            url_check=url_check,
            cache=flows,
            audio=audio,
        ),
        url_check=url_check,
        now=now,
        allowed_countries=allowed_countries,
        pools=pools,
        senders=senders,
        emails=emails,
    )
    if single:
        return ReadBatch(
            single=True,
            partial=False,
            campaign_name=wanted.campaign_name,
            calls=[(0, _within(reader.read(wanted.to, to_field="to"), own_hours))],
        )
    calls: list[tuple[int, ReadCall]] = []
    # by field: what is wrong at the top is wrong for every call, and said once
    errors: dict[str, FieldError] = {}
    for index, (to, own, to_field, prefix) in enumerate(_items(wanted)):
        try:
            item = own if own is None else parsed(CallItem, own, prefix=prefix)
            number = to if item is None else item.to
            read = reader.read(number, to_field=to_field, own=item, prefix=prefix)
            calls.append((index, _within(read, own_hours)))
        except InvalidRequest as error:
            for fault in error.errors:
                errors.setdefault(fault.field, fault)
            if not wanted.partial and len(errors) > MAX_ERRORS:
                break
    if errors and not (wanted.partial and calls):
        raise InvalidRequest(list(errors.values()))
    return ReadBatch(
        single=False,
        partial=wanted.partial,
        campaign_name=wanted.campaign_name or f"{len(calls)} calls of {now:%Y-%m-%d %H:%M} UTC",
        calls=calls,
        errors=list(errors.values()),
    )


def _within(read: ReadCall, own_hours: Mapping[str, Any] | None) -> ReadCall:
    return read if own_hours is None else replace(read, new=replace(read.new, own_hours=own_hours))


def _items(wanted: CallsRequest) -> Iterator[tuple[Any, Any, str, str]]:
    """Yield number, own fields, path of the number, path of the own fields."""
    if wanted.calls is not None:
        for index, item in enumerate(wanted.calls):
            yield None, item, f"calls[{index}].to", f"calls[{index}]"
    elif isinstance(wanted.to, list):
        for index, number in enumerate(wanted.to):
            yield number, None, f"to[{index}]", ""


def _warnings(number: str, suppressed: Collection[str]) -> Iterator[str]:
    if not is_extension(number) and not is_valid(number):
        yield "the number is not valid in its country's numbering plan; the call will end as invalid_number"
    if number in suppressed:
        yield "this person has opted out; the call will be skipped"
