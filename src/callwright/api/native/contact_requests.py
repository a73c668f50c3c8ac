"""What requests say of a person."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from callwright.contacts.models import EMAIL_TYPES, MAX_NUMBERS, MAX_TAGS, NUMBER_TYPES
from callwright.errors import FieldError, InvalidRequest

NumberType = Literal["mobile", "home", "work", "other"]
EmailType = Literal["home", "work", "other"]
OwnValue = StrictStr | StrictBool | StrictInt | StrictFloat | None

EXAMPLES: dict[str, Any] = {
    "person": {
        "to": "+12125550100",
        "first_name": "Sarah",
        "last_name": "Miller",
        "email": "sarah@example.com",
        "time_zone": "America/Chicago",
        "tags": ["late"],
    },
    "several numbers": {
        "first_name": "Tom",
        "numbers": [
            {"number": "+12125550101", "type": "home"},
            {"number": "+12125550102", "type": "mobile", "label": "after six", "primary": True},
        ],
        "emails": ["tom@example.com"],
        "external_id": "patient-17",
        "fields": {"balance": 120.5},
    },
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class NumberItem(_Strict):
    """A telephone number with what it is for."""

    number: StrictStr | StrictInt
    type: NumberType | None = Field(default=None, description=f"{', '.join(NUMBER_TYPES)}; default mobile.")
    label: str | None = None
    primary: bool = Field(default=False, description="The one that is called; default: the first.")


class EmailItem(_Strict):
    """An address with what it is for."""

    address: str
    type: EmailType | None = Field(default=None, description=f"{', '.join(EMAIL_TYPES)}; default other.")
    label: str | None = None
    primary: bool = False


class ContactRequest(_Strict):
    """A person. In a PATCH what is absent stays, `null` empties, lists replace."""

    to: StrictStr | StrictInt | None = Field(default=None, description="Short for `numbers` with one entry.")
    numbers: list[StrictStr | StrictInt | NumberItem] | None = Field(default=None, max_length=MAX_NUMBERS)
    email: str | None = Field(default=None, description="Short for `emails` with one entry.")
    emails: list[str | EmailItem] | None = Field(default=None, max_length=MAX_NUMBERS)
    external_id: str | None = Field(default=None, description="Your own id; unique in the organisation.")
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    company: str | None = None
    language: str | None = Field(default=None, description="Such as `en-US`.")
    time_zone: str | None = Field(default=None, description="IANA name, such as `America/Chicago`.")
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = Field(default=None, description="ISO 3166, such as `US`.")
    tags: list[str] | None = Field(default=None, max_length=MAX_TAGS)
    fields: dict[str, OwnValue] | None = Field(
        default=None, description="Own fields by name; in a PATCH each is set by itself."
    )
    opted_out: bool | None = Field(
        default=None, description="`true` enters every number and address on the list of those never contacted."
    )

    def data(self) -> dict[str, Any]:
        """Return what was sent, the short forms written out; raises ``InvalidRequest`` when both are there."""
        sent = self.model_dump(exclude_unset=True)
        errors = []
        for short, long in (("to", "numbers"), ("email", "emails")):
            if sent.get(short) is not None and sent.get(long) is not None:
                errors.append(FieldError(field=short, message=f"send {short!r} or {long!r}, not both"))
            elif short in sent:
                value = sent.pop(short)
                if sent.get(long) is None:
                    sent[long] = [] if value is None else [value]
        if sent.get("opted_out") is False:
            errors.append(
                FieldError(
                    field="opted_out",
                    message="nobody is taken off the list this way; delete the entry at /api/v1/suppressions",
                    received=False,
                )
            )
        if errors:
            raise InvalidRequest(errors)
        for name in ("numbers", "emails", "tags"):
            # null empties a list
            if name in sent and sent[name] is None:
                sent[name] = []
        return sent
