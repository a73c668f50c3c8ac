"""From a request's fields to a verification that can be sent: number, code, the number that is shown, the words."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from callwright.accounts.models import Principal
from callwright.api.native.code_calls import language_for, number_to_call, voice_for
from callwright.api.native.services import Services
from callwright.errors import Conflict, FieldError, InvalidRequest
from callwright.numbers.service import SANDBOX_CALLER_ID
from callwright.verifications.codes import make_code
from callwright.verifications.models import FLASH_DIGITS, Method, NewVerification
from callwright.verifications.wording import flash_flow, spoken_flow, written

_CODE_LENGTH = 6


async def read_verification(
    services: Services,
    caller: Principal,
    *,
    to: Any,
    method: Method,
    code_length: int | None,
    pin: str | None,
    language: str | None,
    voice: str | None,
    ttl_seconds: int,
) -> NewVerification:
    """Return what is to be sent. Raises ``InvalidRequest``, and ``Conflict`` where no number can be shown."""
    _check_code(method, code_length, pin)
    to_number = await number_to_call(services, caller, to, field="to")
    usable = [
        number
        for number in await services.numbers.usable_numbers(caller.organisation.id, fence=caller.fence)
        if number != to_number
    ]
    lives_for = timedelta(seconds=ttl_seconds)
    if method == "flash":
        given = [name for name, value in (("language", language), ("voice", voice)) if value is not None]
        if given:
            raise _wrong(given[0], "a flash call says nothing", language or voice)
        from_number = _flash_number(caller, usable, pin)
        return NewVerification(
            to_number=to_number,
            from_number=from_number,
            method="flash",
            code=from_number[-FLASH_DIGITS:],
            flow=flash_flow(),
            lives_for=lives_for,
        )
    if method == "sms":
        if voice is not None:
            raise _wrong("voice", "a text says nothing", voice)
        return NewVerification(
            to_number=to_number,
            from_number=await services.verifications.sender_for(caller, to_number),
            method="sms",
            code=pin or make_code(code_length or _CODE_LENGTH),
            text=written(wanted_language := language_for(services, caller, language), caller.organisation.name),
            language=wanted_language,
            lives_for=lives_for,
        )
    spoken_in, speaker = voice_for(services, caller, language=language, voice=voice)
    if not usable and not caller.sandbox:
        raise Conflict("there is no verified number that the call could show; add one first (POST /api/v1/numbers)")
    return NewVerification(
        to_number=to_number,
        from_number=usable[0] if usable else SANDBOX_CALLER_ID,
        method="spoken",
        code=pin or make_code(code_length or _CODE_LENGTH),
        flow=spoken_flow(spoken_in, speaker),
        language=spoken_in,
        lives_for=lives_for,
    )


def _check_code(method: Method, code_length: int | None, pin: str | None) -> None:
    if method == "flash" and code_length not in (None, FLASH_DIGITS):
        raise _wrong("code_length", f"a flash code has {FLASH_DIGITS} digits", code_length)
    if method == "flash" and pin is not None and len(pin) != FLASH_DIGITS:
        raise _wrong("pin", f"a flash code has {FLASH_DIGITS} digits", pin)
    if pin is not None and code_length not in (None, len(pin)):
        raise _wrong("code_length", "does not fit the pin; leave it out", code_length)


def _flash_number(caller: Principal, usable: list[str], pin: str | None) -> str:
    """Return the number that a flash call shows. Raises ``Conflict`` when there is none."""
    fitting = [number for number in usable if pin is None or number.endswith(pin)]
    if fitting:
        return secrets.choice(fitting)
    if caller.sandbox:
        # in the sandbox every number counts as verified
        return SANDBOX_CALLER_ID[:-FLASH_DIGITS] + (pin or make_code(FLASH_DIGITS))
    if pin is not None:
        raise Conflict(f"pin: none of your verified numbers ends in {pin}; GET /api/v1/numbers lists them")
    raise Conflict("there is no verified number that could call; add one first (POST /api/v1/numbers)")


def _wrong(field: str, message: str, received: Any) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message, received=received)])
