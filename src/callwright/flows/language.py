"""The flow language: its canonical form, and ``parse_flow``, which brings what authors write into that form.

Canonical, a flow is a graph: steps by id, each naming the next. Authors may also write sequences (lists) and put a list
wherever a step's id may stand; ``flows.authoring`` unfolds those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, TypeAdapter, ValidationError, model_validator

from callwright.errors import FieldError, InvalidRequest
from callwright.flows import fields, notices
from callwright.flows.authoring import Draft, unfold
from callwright.flows.faults import faults, shorten
from callwright.flows.graph import graph_faults
from callwright.flows.steps import STEP_TYPES, Part, Say, Step


class OnMachine(Part):
    """What to do when an answering machine picks up."""

    #: ``off``: nobody listens for one; ``hangup``; ``same``: the flow from its start; ``leave``: the steps from
    #: ``start``, both when the machine's greeting is over.
    action: Literal["off", "hangup", "same", "leave"] = "off"
    start: fields.Target | None = None
    #: When a person is spoken to: ``after_greeting``, or ``at_once``, which begins again when a machine is found.
    speak: Literal["after_greeting", "at_once"] = "after_greeting"

    @property
    def detects(self) -> bool:
        """Whether who answers is to be found out."""
        return self.action != "off"

    @model_validator(mode="after")
    def _complete(self) -> OnMachine:
        if (self.start is not None) != (self.action == "leave"):
            raise ValueError("start is needed for the action leave and for no other")
        return self


class CallRecording(Part):
    """The whole call is recorded, both sides."""

    #: What the person hears first: ``true`` is the usual sentence in the flow's language, ``false`` is nothing.
    announcement: Annotated[bool, Field(strict=True)] | fields.Text = True


def _recording(value: Any) -> Any:
    """Let ``true`` stand for a recording with the usual announcement, ``false`` for none."""
    return {} if value is True else None if value is False else value


class FlowHead(Part):
    """What a flow says beside its steps."""

    version: Literal[1] = 1
    #: Voice and language of everything spoken that names none itself.
    voice: fields.Voice | None = None
    language: fields.Language | None = None
    on_machine: OnMachine = OnMachine()
    #: ``None``: the call is not recorded.
    recording: Annotated[
        CallRecording | None, BeforeValidator(_recording, json_schema_input_type=CallRecording | bool | None)
    ] = None


class Flow(FlowHead):
    """A flow in canonical form. Every step that a step names exists."""

    start: fields.Target
    steps: Annotated[dict[str, Step], Field(min_length=1)]

    _paths: dict[str, str] = PrivateAttr(default_factory=dict)
    _shown: Callable[[str], str] = PrivateAttr(default=str)

    @model_validator(mode="after")
    def _targets_exist(self) -> Flow:
        for path, target in self._named():
            if target is not None and target not in self.steps:
                raise ValueError(f"{path} names a step that does not exist: {target}")
        return self

    def _named(self) -> Iterator[tuple[str, str | None]]:
        yield "start", self.start
        yield "on_machine.start", self.on_machine.start
        for step_id, step in self.steps.items():
            for field, target in step.targets():
                yield f"steps.{step_id}.{field}", target

    @property
    def first(self) -> str:
        """Id of the step with which a person's call begins: the announcement of a recording, else ``start``."""
        return self.start if self.announcement is None else notices.STEP_ID

    def step(self, step_id: str) -> Step | None:
        """Return a step, or the announcement of a recording; ``None`` for an id that no step has."""
        if step_id == notices.STEP_ID and (text := self.announcement) is not None:
            return Say(type="say", text=text, next=self.start)
        return self.steps.get(step_id)

    @property
    def announcement(self) -> str | None:
        """What a person hears first of a recording; ``None``: nothing."""
        said = self.recording.announcement if self.recording is not None else False
        return notices.usual(self.language) if said is True else said or None

    def path(self, step_id: str, field: str = "") -> str:
        """Return where the author wrote a step or a field of it, such as ``steps[2].branches.1[0].text``.

        Canonical when the flow was not parsed here but loaded.
        """
        step = self._paths.get(step_id, f"steps.{step_id}")
        return self._shown(f"{step}.{field}" if field else step)

    def path_of_head(self, field: str) -> str:
        """Return where the author wrote something beside the steps."""
        return self._shown(field)

    def show_paths_as(self, shown: Callable[[str], str]) -> None:
        """Set how ``path`` names things, for a flow that was compiled from something else."""
        self._shown = shown

    def to_json(self) -> dict[str, Any]:
        """Return the canonical JSON, with every default written out; ``Flow.model_validate`` reads it again."""
        return self.model_dump(mode="json")


def recorded(flow: Flow, option: Any, *, at: str) -> Flow:
    """Return the flow with ``recording`` as an author wrote it in a field ``at``. Raises ``InvalidRequest``."""
    raw = {"recording": option}
    try:
        head = FlowHead.model_validate(raw)
    except ValidationError as error:
        found = [_renamed(fault, at) for fault in faults(error, raw, FlowHead, "")]
        raise InvalidRequest(found) from None
    changed = flow.model_copy(update={"recording": head.recording})
    shown = flow._shown
    changed.show_paths_as(lambda path: at + path[9:] if path.partition(".")[0] == "recording" else shown(path))
    return changed


def _renamed(fault: FieldError, at: str) -> FieldError:
    field = at + fault.field.removeprefix("recording")
    return FieldError(field=field, message=fault.message, received=shorten(fault.received))


_STEP: TypeAdapter[Step] = TypeAdapter(Step)


def parse_flow(data: Any, *, at: str = "") -> Flow:
    """Return the flow that an author means.

    Raises ``InvalidRequest`` with a ``FieldError`` for each fault; paths are those of what the author wrote, and begin
    with ``at`` (such as ``flow``) when it is given.
    """
    found: list[FieldError] = []
    draft = unfold(data, found)
    steps = _steps(draft, found)
    _check_head(draft, found)
    found.extend(graph_faults(draft, steps, whole=not found))
    if found:
        raise InvalidRequest([_under(at, fault) for fault in found])
    flow = Flow.model_validate({**draft.head, "start": draft.start, "steps": steps})
    flow._paths.update(draft.paths)
    return flow


def _steps(draft: Draft, found: list[FieldError]) -> dict[str, Step]:
    steps: dict[str, Step] = {}
    for step_id, raw in draft.steps.items():
        try:
            steps[step_id] = _STEP.validate_python(raw)
        except ValidationError as error:
            step_class = STEP_TYPES[raw["type"]]
            found.extend(faults(error, raw, step_class, draft.paths[step_id], tagged=True))
    return steps


def _check_head(draft: Draft, found: list[FieldError]) -> None:
    try:
        FlowHead.model_validate(draft.head)
    except ValidationError as error:
        found.extend(faults(error, draft.head, FlowHead, ""))


def _under(at: str, fault: FieldError) -> FieldError:
    field = f"{at}.{fault.field}" if at and fault.field else at or fault.field
    return FieldError(field=field, message=fault.message, received=shorten(fault.received))
