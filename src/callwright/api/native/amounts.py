"""Amounts of money in requests and answers: exact decimals as strings, because numbers of JSON are not exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, PlainSerializer, StrictStr

from callwright.accounts.models import Principal
from callwright.billing.amounts import read_amount
from callwright.errors import Forbidden
from callwright.rules.pricing import written

#: An amount in an answer.
Amount = Annotated[Decimal, PlainSerializer(written, return_type=str), Field(examples=["12.50"])]

#: An amount in a request.
AmountText = Annotated[StrictStr, Field(max_length=30, examples=["12.50"], description="Text such as `12.50`.")]


def optional_amount(text: str | None, *, field: str) -> Decimal | None:
    """Return an amount of a request, not negative; ``None`` stays. Raises ``InvalidRequest``."""
    return None if text is None else read_amount(text, field=field)


def check_sees_money(caller: Principal) -> None:
    """Raise ``Forbidden`` for a subuser: money is the whole organisation's."""
    if caller.fence is not None:
        raise Forbidden("a subuser does not see the organisation's money")
