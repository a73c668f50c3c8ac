"""``/voices`` and ``/languages``: what can speak, and how it sounds."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.openapi import problems
from callwright.api.native.paging import QueryText
from callwright.api.native.security import Caller, client_address
from callwright.api.native.services import Provided
from callwright.errors import Forbidden
from callwright.speech.samples import MOST_CHARACTERS
from callwright.speech.tts.shipped import language_names

router = APIRouter(tags=["voices"])

SampleText = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS, pattern=r"^[^\x00]*$")]


class VoiceView(BaseModel):
    """An installed voice."""

    name: str
    language: str = Field(examples=["en-US"])
    gender: str
    engine: str
    sample_url: str | None = Field(
        default=None, description="Speaks the text of `sample`, as WAV; needs no key and expires after an hour."
    )


class ResolvedView(BaseModel):
    """Who speaks when a name is asked for."""

    asked: str | None
    voice: str
    language: str = Field(description="The region whose habits numbers and dates are read by.")
    exact: bool = Field(description="Whether language, region and gender are as asked.")


class VoiceList(BaseModel):
    """Installed voices, those that are understood best first."""

    voices: list[VoiceView]
    resolved: ResolvedView | None = Field(default=None, description="With `name`: who speaks under that name.")


class LanguageView(BaseModel):
    """A language and the voices that speak it."""

    language: str
    name: str = Field(description="In English.", examples=["German"])
    voices: list[str]


class LanguageList(BaseModel):
    """Languages that can be spoken."""

    languages: list[LanguageView]


class VoiceQuery(BaseModel):
    """Query parameters of the list of voices."""

    model_config = ConfigDict(extra="forbid")

    language: QueryText | None = Field(default=None, description="`en` or `en-US`.")
    gender: QueryText | None = Field(default=None, description="`female` or `male`.", pattern="^(female|male)$")
    name: QueryText | None = Field(
        default=None, description="A name such as `en-US-Neural-F`: only the voice that it resolves to is listed."
    )
    sample: SampleText | None = Field(
        default=None, description="A text; each voice of the list gets a link that speaks it."
    )


class SampleQuery(BaseModel):
    """A link's query, as it was made."""

    model_config = ConfigDict(extra="forbid")

    text: SampleText
    expires: int = Field(ge=0, le=2**40)
    signature: str = Field(max_length=60, pattern=r"^[A-Za-z0-9_-]+$")


@router.get("/voices", summary="List voices", response_model_exclude_none=True)
async def list_voices(
    request: Request, caller: Caller, services: Provided, query: Annotated[VoiceQuery, Query()]
) -> VoiceList:
    """List the installed voices. Names of other services, such as `en-US-Neural-F`, resolve to the best of them.

    With `sample` each voice has a `sample_url`; the text is spoken when the link is followed.
    """
    del caller
    resolved = None
    if query.name is not None:
        resolved = services.voices.resolve(query.name, language=query.language, gender=query.gender)
    wanted = (query.language or "").replace("_", "-").lower() if resolved is None else ""
    base = f"{str(request.base_url).rstrip('/')}/api/v1/voices"
    shown = [
        VoiceView(
            name=voice.id,
            language=voice.language,
            gender=voice.gender,
            engine=voice.engine,
            sample_url=None
            if query.sample is None
            else f"{base}/{quote(voice.id)}/sample?{services.samples.query(voice.id, query.sample)}",
        )
        for voice in (services.voices.voices() if resolved is None else (resolved.voice,))
        if f"{voice.language.lower()}-".startswith(f"{wanted}-" if wanted else "")
        and (resolved is not None or query.gender in {None, voice.gender})
    ]
    found = resolved and ResolvedView(
        asked=resolved.asked, voice=resolved.voice.id, language=resolved.reading, exact=resolved.exact
    )
    return VoiceList(voices=shown, resolved=found)


@router.get(
    "/voices/{voice}/sample",
    summary="Hear a voice",
    response_class=Response,
    responses={200: {"content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}}, **problems(404)},
)
async def speak_sample(
    voice: str, request: Request, services: Provided, query: Annotated[SampleQuery, Query()]
) -> Response:
    """Speak the text of a link that `GET /voices?sample=` gave: the signature stands for a key."""
    address = client_address(request)
    await services.limits.come_from(address)
    try:
        services.samples.check(voice, query.text, expires=query.expires, signature=query.signature)
    except Forbidden:
        await services.limits.unknown_from(address)
        raise
    wav = await services.samples.wav(voice, query.text)
    return Response(wav, media_type="audio/wav", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/languages", summary="List languages")
async def list_languages(caller: Caller, services: Provided) -> LanguageList:
    """List the languages that can be spoken, each with its voices, the best first."""
    del caller
    names: dict[str, list[str]] = {}
    for voice in services.voices.voices():
        names.setdefault(voice.language, []).append(voice.id)
    titles = language_names()
    return LanguageList(
        languages=[
            LanguageView(language=language, name=titles.get(language, language), voices=names[language])
            for language in sorted(names)
        ]
    )
