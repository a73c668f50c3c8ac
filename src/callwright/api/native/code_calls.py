"""What requests for a code have in common: whom it is sent to, and the voice that says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from callwright.accounts.models import Principal
from callwright.api.native.call_reading import foreign
from callwright.api.native.services import Services
from callwright.api.native.validation import shortened
from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.parsing import is_forbidden, is_valid, read_number
from callwright.speech.tts.voices import UnknownVoice
from callwright.verifications.wording import LANGUAGES, speaks


async def number_to_call(services: Services, caller: Principal, value: Any, *, field: str) -> str:
    """Return a number to which a code may be sent, in E.164; raises ``InvalidRequest``."""
    number = read_number(value, field=field, region=caller.organisation.region, sandbox=caller.sandbox)
    if caller.sandbox:
        return number
    allowed: Sequence[str] | None = (await services.call_limits.get(caller.organisation)).allowed_countries
    reason = is_forbidden(number) or foreign(number, allowed)
    if reason is None and not is_valid(number):
        reason = "the numbering plan has no such number"
    if reason is not None:
        raise InvalidRequest([FieldError(field=field, message=reason, received=shortened(value))])
    return number


def language_for(services: Services, caller: Principal, language: str | None) -> str:
    """Return the language (BCP 47) in which a code is written; raises ``InvalidRequest``."""
    if language is None:
        try:
            found = services.voices.resolve(caller.organisation.voice).voice.language
        except UnknownVoice:
            return "en"
        return found if speaks(found) else "en"
    if not speaks(language):
        message = f"there are words for a code in {', '.join(LANGUAGES)} only"
        raise InvalidRequest([FieldError(field="language", message=message, received=language)])
    return language


def voice_for(services: Services, caller: Principal, *, language: str | None, voice: str | None) -> tuple[str, str]:
    """Return the language (BCP 47) and the voice in which a code is said; raises ``InvalidRequest``."""
    try:
        found = services.voices.resolve(voice or caller.organisation.voice, language=language).voice
    except UnknownVoice as error:
        field, received = ("language", language) if voice is None else ("voice", voice)
        raise InvalidRequest([FieldError(field=field, message=str(error), received=received)]) from None
    if not speaks(found.language):
        message = f"there are words for a code in {', '.join(LANGUAGES)} only"
        raise InvalidRequest([FieldError(field="language", message=message, received=language or found.language)])
    return found.language, found.id
