"""What requests for texts and for emails have in common: one message or a batch, shared fields and own ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from callwright.api.native.batch_shapes import check_shape
from callwright.api.native.email_requests import EmailFields, EmailOfBatch, EmailRequest
from callwright.api.native.problems import MAX_ERRORS
from callwright.api.native.sms_requests import SmsFields, SmsItem, SmsRequest
from callwright.api.native.validation import parsed, path
from callwright.errors import FieldError, InvalidRequest
from callwright.messages.models import NewMessage

Item = TypeVar("Item", SmsItem, EmailOfBatch)
Fields = TypeVar("Fields", SmsFields, EmailFields)


class ReadMessage(Protocol):
    """A message of a request that can be created."""

    @property
    def new(self) -> NewMessage:
        """As it is created."""
        ...


Read = TypeVar("Read", bound=ReadMessage)
_Read_co = TypeVar("_Read_co", bound=ReadMessage, covariant=True)


@dataclass(frozen=True, kw_only=True)
class Batch(Generic[_Read_co]):
    """The messages of a request, all of them good, and those that were left out when it asked for a part."""

    single: bool
    #: Whether wrong messages were left out instead of refusing all.
    partial: bool
    #: Good messages with their place in the request.
    messages: Sequence[tuple[int, _Read_co]]
    errors: Sequence[FieldError] = ()
    #: Whether it came as ``messages``, and not as a list of ``to``.
    itemised: bool = False

    def address_field(self, index: int) -> str:
        """Return the path at which it stands whom a message is to."""
        if self.single:
            return "to"
        return f"messages[{index}].to" if self.itemised else f"to[{index}]"


def read_batch(
    wanted: SmsRequest | EmailRequest,
    kind: type[Item],
    read: Callable[[Any, Item | None, str, str], Read],
    *,
    called: str,
) -> Batch[Read]:
    """Read each message by ``read``: whom to, own fields, path of the first, path of the second.

    With ``partial`` wrong messages are left out, unless all are wrong. ``called``: what many of them are, such as
    ``texts``. Raises ``InvalidRequest`` that names every wrong field.
    """
    single = not isinstance(wanted.to, list) and wanted.messages is None
    check_shape(
        to=wanted.to,
        items=wanted.messages,
        items_field="messages",
        size=wanted.size,
        partial=wanted.partial,
        single=single,
        called=called,
    )
    if single:
        return Batch(single=True, partial=False, messages=[(0, read(wanted.to, None, "to", ""))])
    good: list[tuple[int, Read]] = []
    errors: dict[str, FieldError] = {}
    for index, (to, data, to_field, prefix) in enumerate(_items(wanted)):
        try:
            own = None if data is None else parsed(kind, data, prefix=prefix)
            good.append((index, read(to if own is None else own.to, own, to_field, prefix)))
        except InvalidRequest as error:
            for fault in error.errors:
                errors.setdefault(fault.field, fault)
            if not wanted.partial and len(errors) > MAX_ERRORS:
                break
    if errors and not (wanted.partial and good):
        raise InvalidRequest(list(errors.values()))
    return Batch(
        single=False,
        partial=wanted.partial,
        messages=good,
        errors=list(errors.values()),
        itemised=wanted.messages is not None,
    )


class OwnFields(Generic[Fields]):
    """A message's fields over those of its request, and where each value was written."""

    def __init__(self, shared: Fields, own: Fields | None, prefix: str) -> None:
        self.shared: Fields = shared
        self.own: Fields | None = own
        self._prefix = prefix

    def get(self, name: str) -> Any:
        """Return the message's own value, else the shared one; ``null`` counts as absent."""
        value = None if self.own is None else getattr(self.own, name)
        return getattr(self.shared, name) if value is None else value

    def where(self, name: str) -> str:
        """Return the path at which the value stands, or should have stood."""
        is_own = self.own is not None and (getattr(self.own, name) is not None or getattr(self.shared, name) is None)
        written = type(self.shared).model_fields[name].alias or name
        return path([self._prefix, written]) if is_own and self._prefix else written


def _items(wanted: SmsRequest | EmailRequest) -> Iterator[tuple[Any, Any, str, str]]:
    """Yield whom to, own fields, path of the first, path of the second."""
    if wanted.messages is not None:
        for index, item in enumerate(wanted.messages):
            yield None, item, f"messages[{index}].to", f"messages[{index}]"
    elif isinstance(wanted.to, list):
        for index, to in enumerate(wanted.to):
            yield to, None, f"to[{index}]", ""
