"""The flow of a call, from its message and keys or as given, checked once for all the calls that share it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson

from callwright.api.native.call_views import VoiceUsed
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import parsed, shortened
from callwright.audio.models import Audio
from callwright.errors import Conflict, FieldError, InvalidRequest
from callwright.flows.language import Flow, parse_flow, recorded
from callwright.flows.listening import listened_for
from callwright.flows.machine_option import MachineDetection, Mode
from callwright.flows.requirements import needed_capabilities
from callwright.flows.simple import DtmfAction, call_flow
from callwright.flows.sounds import played
from callwright.flows.steps import Email, Say, SayItem, Spoken, Webhook
from callwright.flows.templates import fill, missing_variables
from callwright.mail.markup import MarkupError, read_markup
from callwright.speech.tts.voices import UnknownVoice, VoiceCatalogue

#: A flow that fits in a request can be spoken in minutes; this is several hours.
MAX_FLOW_BYTES = 256 * 1024
#: What a cache keeps at most: 20 MB of requests' fields.
_LARGEST_KEPT = 10 * 1024
_MOST_KEPT = 2000
#: Modes of ``machine_detection`` that need no further field.
_MODES_BY_NAME = (Mode.OFF.value, Mode.HANGUP.value, Mode.SAME.value)
#: Capabilities that name a language whose words are understood; ``*``: any.
_LISTENS = "keywords:"
#: What capabilities are called in a sentence.
_CAPABILITY_WORDS = {
    "audio": "play audio files",
    "keywords": "listen to words",
    "record": "record",
    "transfer": "transfer calls",
    "sms": "send text messages",
    "email": "send email",
}


@dataclass(frozen=True, kw_only=True)
class CompiledFlow:
    """A flow that may be dialled."""

    flow: Flow
    #: Canonical JSON, one object for all calls that share it.
    body: Mapping[str, Any]
    #: What speaks first; ``None`` when nothing is spoken.
    voice: VoiceUsed | None
    #: Field and name of each placeholder that the call must bring a value for.
    needed: Sequence[tuple[str, str]]
    #: Field and id of each audio that it plays.
    audio: Sequence[tuple[str, str]] = ()

    def missing(self, variables: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return those placeholders that have no value, by field and name."""
        known = {name.casefold() for name in variables}
        return [(field, name) for field, name in self.needed if name.casefold() not in known]

    def preview(self, variables: Mapping[str, str]) -> str:
        """Return what would be said, step by step in the order of writing, a line each."""
        announced = [] if self.flow.announcement is None else [self.flow.announcement]
        said = [*announced, *(spoken.text for _, _, spoken in spoken_parts(self.flow))]
        return "\n".join(fill(text, variables) for text in said)


def spoken_parts(flow: Flow) -> Iterator[tuple[str, str, Spoken]]:
    """Yield step, field (with a dot after it) and text of all that a flow can speak in a voice of its choice."""
    for step_id, step in flow.steps.items():
        if isinstance(step, Say):
            yield step_id, "", step
        for name in step.prompts:
            for index, item in enumerate(getattr(step, name)):
                if isinstance(item, SayItem):
                    yield step_id, f"{name}[{index}].", item


class FlowCache:
    """Compiled flows of earlier requests: a program that calls all day says the same with other variables."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, bytes], CompiledFlow] = {}

    def get(self, default_voice: str, key: bytes) -> CompiledFlow | None:
        """Return what these fields were compiled to for an organisation with this voice."""
        return self._known.get((default_voice, key))

    def put(self, default_voice: str, key: bytes, compiled: CompiledFlow) -> None:
        """Keep a small one."""
        if len(key) > _LARGEST_KEPT:
            return
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[default_voice, key] = compiled


class FlowCompiler:
    """Compiles the flows of one request; equal ones once."""

    #: The request's fields that decide the flow.
    FIELDS: ClassVar[tuple[str, ...]] = (
        "message",
        "flow",
        "voice",
        "language",
        "rate",
        "pitch",
        "dtmf",
        "keywords",
        "machine_detection",
        "audio",
        "record",
    )

    def __init__(
        self,
        voices: VoiceCatalogue,
        *,
        default_voice: str,
        capabilities: frozenset[str],
        url_check: UrlCheck,
        cache: FlowCache | None = None,
        audio: Mapping[str, Audio] | None = None,
    ) -> None:
        """Take ``audio`` for what there is of the audio that the request names, by id."""
        self._audio = audio or {}
        self._voices = voices
        self._default_voice = default_voice
        self._capabilities = capabilities
        self._url_check = url_check
        self._cache = cache or FlowCache()
        self._known: dict[bytes, CompiledFlow | InvalidRequest] = {}

    def compile(self, values: Mapping[str, Any]) -> CompiledFlow:
        """Return the flow of these fields; raises ``InvalidRequest`` that names them.

        Raises ``Conflict`` when it plays what is still being converted.
        """
        key = orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
        found = self._known.get(key) or self._cache.get(self._default_voice, key)
        if found is None:
            try:
                found = self._compile(values)
                self._cache.put(self._default_voice, key, found)
            except InvalidRequest as error:
                found = error
            self._known[key] = found
        if isinstance(found, InvalidRequest):
            raise found
        # each time: what is ready now may be gone when another request says the same
        self._check_audio(found)
        return found

    def _compile(self, values: Mapping[str, Any]) -> CompiledFlow:
        given, message, audio = values["flow"], values["message"], values.get("audio")
        if given is not None and message is not None:
            raise _wrong("flow", "give either message or flow, not both")
        if audio is not None and (given is not None or message is not None):
            raise _wrong("audio", "give one of message, audio and flow")
        if given is not None:
            beside = ("dtmf", "keywords", "voice", "language", "rate", "pitch")
            own = [name for name in beside if values.get(name) is not None]
            if own:
                raise _wrong(own[0], "stands inside the flow when there is one")
            if values.get("machine_detection") is not None:
                raise _wrong("machine_detection", "stands inside the flow when there is one, as on_machine")
            if values.get("record") is not None:
                raise _wrong("record", "stands inside the flow when there is one, as recording")
            return self._checked(parse_flow(given, at="flow"), at="flow")
        if message is None and audio is None:
            raise _wrong("message", "is required (or audio, or a flow)")
        flow = self._simple(message, values)
        if values.get("record") is not None:
            flow = recorded(flow, values["record"], at="record")
        return self._checked(flow)

    def check(self, flow: Flow, *, at: str = "") -> CompiledFlow:
        """Return a flow that this appliance can carry out; ``at`` is where it stands in the request.

        Raises ``InvalidRequest``, and ``Conflict`` when it plays what is still being converted.
        """
        checked = self._checked(flow, at=at)
        self._check_audio(checked)
        return checked

    def _check_audio(self, compiled: CompiledFlow) -> None:
        errors: list[FieldError] = []
        pending: list[str] = []
        for field, audio_id in compiled.audio:
            found = self._audio.get(audio_id)
            if found is None:
                message = "is not an audio of this organisation; GET /api/v1/audio lists those"
                errors.append(FieldError(field=field, message=message, received=audio_id))
            elif found.state == "failed":
                message = f"cannot be played: {found.reason}"
                errors.append(FieldError(field=field, message=message, received=audio_id))
            elif found.state == "pending":
                pending.append(f"{field}: {audio_id}")
        if errors:
            raise InvalidRequest(errors)
        if pending:
            raise Conflict(f"{'; '.join(pending)} is still being converted; try again when it is ready")

    def _checked(self, flow: Flow, *, at: str = "") -> CompiledFlow:
        """Return a flow of which all but the audio is looked at."""

        def place(path: str) -> str:
            return ".".join(filter(None, (at, path)))

        body = flow.to_json()
        errors = [
            FieldError(
                field=place(path),
                message=f"this appliance cannot {_CAPABILITY_WORDS.get(name, name)} yet",
                received=name,
            )
            for name, path in needed_capabilities(flow).items()
            if name not in self._capabilities
        ]
        errors += [FieldError(field=place(path), message=text, received=got) for path, text, got in self._deaf(flow)]
        if len(orjson.dumps(body)) > MAX_FLOW_BYTES:
            errors.append(FieldError(field=at or "message", message=f"must have at most {MAX_FLOW_BYTES // 1024} kB"))
        for step_id, step in flow.steps.items():
            if isinstance(step, Webhook) and (fault := self._url_check.fault(step.url)) is not None:
                path = place(flow.path(step_id, "url"))
                errors.append(FieldError(field=path, message=fault, received=shortened(step.url)))
            if isinstance(step, Email) and (wrong := _mail_fault(step)) is not None:
                errors.append(FieldError(field=place(flow.path(step_id, wrong[0])), message=wrong[1]))
        voice = self._voice(flow, place, errors)
        if errors:
            raise InvalidRequest(errors)
        needed = [(place(path), name) for path, name in missing_variables(flow, ())]
        audio = [(place(path), audio_id) for path, audio_id in played(flow)]
        return CompiledFlow(flow=flow, body=body, voice=voice, needed=needed, audio=audio)

    def _deaf(self, flow: Flow) -> Iterator[tuple[str, str, str]]:
        """Yield what listens to a language that nobody here understands."""
        known = {name.removeprefix(_LISTENS) for name in self._capabilities if name.startswith(_LISTENS)}
        if not known or "*" in known:
            return
        for one in listened_for(flow):
            language = one.language or self._voices.language_of(one.voice or self._default_voice)
            if language.partition("-")[0].lower() not in known:
                names = ", ".join(sorted(known))
                text = f"this appliance understands words in {names} only; CALLWRIGHT_RECOGNISER_MODELS adds languages"
                yield one.path, text, language

    def _simple(self, message: str | None, values: Mapping[str, Any]) -> Flow:
        actions: dict[str, dict[str, DtmfAction]] = {"dtmf": {}, "keywords": {}}
        errors: list[FieldError] = []
        for field, found in actions.items():
            for key, action in (values.get(field) or {}).items():
                try:
                    found[key] = parsed(DtmfAction, action, prefix=f"{field}.{key}")
                except InvalidRequest as error:
                    errors += error.errors
        if errors:
            raise InvalidRequest(errors)
        rate, pitch = values["rate"], values["pitch"]
        return call_flow(
            message or "",
            audio=values.get("audio"),
            dtmf=actions["dtmf"],
            keywords=actions["keywords"],
            voice=values["voice"],
            language=values["language"],
            rate=1.0 if rate is None else rate,
            pitch=1.0 if pitch is None else pitch,
            machine_detection=_machine_detection(values.get("machine_detection")),
        )

    def _voice(self, flow: Flow, place: Callable[[str], str], errors: list[FieldError]) -> VoiceUsed | None:
        first: VoiceUsed | None = None
        seen: set[tuple[str | None, str | None]] = set()
        for step_id, inside, spoken in spoken_parts(flow):
            asked = spoken.voice or flow.voice
            language = spoken.language or flow.language
            if (asked, language) in seen:
                continue
            seen.add((asked, language))
            try:
                voice = self._voices.resolve(asked or self._default_voice, language=language).voice
            except UnknownVoice as error:
                field = "voice" if asked is not None else "language"
                # where it was written: at this step, or for the whole flow
                own = getattr(spoken, field) is not None
                path = place(flow.path(step_id, f"{inside}{field}") if own else field)
                errors.append(FieldError(field=path, message=str(error), received=asked or language))
                continue
            first = first or VoiceUsed(asked=asked, used=voice.id, language=voice.language, engine=voice.engine)
        return first


def _machine_detection(given: Any) -> MachineDetection | None:
    if given is None:
        return None
    if isinstance(given, Mapping):
        return parsed(MachineDetection, given, prefix="machine_detection")
    if given not in _MODES_BY_NAME:
        raise _wrong("machine_detection", f"must be {', '.join(_MODES_BY_NAME)}, or an object with mode")
    return MachineDetection(mode=Mode(given))


def _mail_fault(step: Email) -> tuple[str, str] | None:
    """Return the field of an email that is wrong and why; ``None``: none is."""
    if step.html is None:
        return ("text", "is required: give text, html, or both") if step.text is None else None
    try:
        read_markup(step.html)
    except MarkupError as error:
        return "html", str(error)
    return None


def _wrong(field: str, message: str) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message)])
