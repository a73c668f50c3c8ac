"""``/voices`` and ``/languages``: what can speak."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.paging import QueryText
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided

router = APIRouter(tags=["voices"])


class VoiceView(BaseModel):
    """An installed voice."""

    name: str
    language: str = Field(examples=["en-US"])
    gender: str
    engine: str


class VoiceList(BaseModel):
    """Installed voices."""

    voices: list[VoiceView]


class LanguageView(BaseModel):
    """A language and the voices that speak it."""

    language: str
    voices: list[str]


class LanguageList(BaseModel):
    """Languages that can be spoken."""

    languages: list[LanguageView]


class VoiceQuery(BaseModel):
    """Query parameters of the list of voices."""

    model_config = ConfigDict(extra="forbid")

    language: QueryText | None = Field(default=None, description="`en` or `en-US`.")


@router.get("/voices", summary="List voices")
async def list_voices(caller: Caller, services: Provided, query: Annotated[VoiceQuery, Query()]) -> VoiceList:
    """List the installed voices. Names of other services, such as `en-US-Neural-F`, resolve to the best of them."""
    del caller
    wanted = (query.language or "").lower()
    shown = [
        VoiceView(name=voice.id, language=voice.language, gender=voice.gender, engine=voice.engine)
        for voice in services.voices.voices()
        if f"{voice.language.lower()}-".startswith(f"{wanted}-" if wanted else "")
    ]
    return VoiceList(voices=shown)


@router.get("/languages", summary="List languages")
async def list_languages(caller: Caller, services: Provided) -> LanguageList:
    """List the languages that can be spoken, each with its voices, the best first."""
    del caller
    names: dict[str, list[str]] = {}
    for voice in services.voices.voices():
        names.setdefault(voice.language, []).append(voice.id)
    return LanguageList(
        languages=[LanguageView(language=language, voices=names[language]) for language in sorted(names)]
    )
