"""What every request for one thing or many must have: whom it is to, once, and neither nobody nor too many."""

from __future__ import annotations

from typing import Any

from callwright.api.native.call_requests import MAX_BATCH
from callwright.errors import FieldError, InvalidRequest


def check_shape(*, to: Any, items: Any, items_field: str, size: int, partial: bool, single: bool, called: str) -> None:
    """Check a request of ``size`` things that are ``called`` so, given by ``to`` or by ``items`` of ``items_field``.

    Raises ``InvalidRequest`` naming ``to``, ``partial`` or ``items_field``.
    """
    if items is not None and to is not None:
        raise _wrong("to", f"give either to or {items_field}, not both")
    if single:
        if to is None:
            raise _wrong("to", f"is required (or {items_field}, for a batch)")
        if partial:
            raise _wrong("partial", f"is for a batch: give to as a list, or {items_field}")
        return
    field = "to" if items is None else items_field
    if size == 0:
        raise _wrong(field, "must not be empty")
    if size > MAX_BATCH:
        raise _wrong(field, f"must have at most {MAX_BATCH} {called}; send the rest in another request")


def _wrong(field: str, message: str) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message)])
