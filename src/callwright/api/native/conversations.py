"""``/conversations``: texts with one person over one number of yours, read and answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import ConversationId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.sms_pictures import PictureOut, pictures_of
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.errors import Conflict
from callwright.messages.conversations import Conversation, ConversationFilter
from callwright.messages.models import Message
from callwright.messages.texts import MAX_TEXT, render

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["conversations"])

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ConversationView(BaseModel):
    """Texts with one person over one number of yours. It begins when the person writes."""

    conversation_id: str
    number: int
    from_: str = Field(alias="from", description="Your number.")
    to: str = Field(description="The person's number.")
    contact_id: str | None
    unread: int = Field(description="Texts that came since you read them, or answered.")
    last_text: str | None
    last_direction: str | None = Field(description="`inbound` or `outbound`.")
    last_message_at: Utc
    created_at: Utc

    model_config = ConfigDict(populate_by_name=True)

    @classmethod
    def of(cls, conversation: Conversation) -> ConversationView:
        """Return the view of a conversation."""
        return cls(
            conversation_id=conversation.id,
            number=conversation.number,
            from_=conversation.ours,
            to=conversation.theirs,
            contact_id=conversation.contact_id,
            unread=conversation.unread,
            last_text=conversation.last_text,
            last_direction=conversation.last_direction,
            last_message_at=conversation.last_message_at,
            created_at=conversation.created_at,
        )


class ConversationList(BaseModel):
    """A page of conversations."""

    conversations: list[ConversationView]
    next_cursor: str | None


class ConversationQuery(BaseModel):
    """Query parameters of the list."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(
        default=None, pattern=r"^[0-9]{1,18}-[0-9]{1,18}$", description="`next_cursor` of the page before."
    )
    address: QueryText | None = Field(default=None, description="A number of either side, E.164.")
    unread: bool | None = None

    @property
    def before(self) -> tuple[datetime, int] | None:
        """Time and number of the last conversation of the page before."""
        if self.cursor is None:
            return None
        at, number = self.cursor.split("-")
        return _EPOCH + timedelta(microseconds=min(int(at), 10**17)), int(number)


class TextView(BaseModel):
    """A text of a conversation."""

    message_id: str
    number: int
    direction: str = Field(description="`inbound`: from the person.")
    text: str | None
    media: list[str] = Field(description="Addresses of pictures; those that came are the provider's.")
    pictures: list[PictureOut] = Field(description="Pictures that came, as they are kept here.")
    status: str
    reason: str | None
    created_at: Utc

    @classmethod
    def of(cls, message: Message, pictures: Sequence[PictureOut] = ()) -> TextView:
        """Return the view of a message."""
        return cls(
            message_id=message.id,
            number=message.number,
            direction=message.direction,
            text=message.text,
            media=[str(each) for each in message.media],
            pictures=list(pictures),
            status=message.status,
            reason=message.reason,
            created_at=message.created_at,
        )


class TextList(BaseModel):
    """A page of texts."""

    messages: list[TextView]
    next_cursor: str | None


class ReplyRequest(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = Field(min_length=1, max_length=MAX_TEXT, description="Said as it stands: there are no placeholders.")
    plain: bool = Field(default=False, description="Typographic characters become those of GSM 03.38: fewer parts.")


BODIES = [ReplyRequest]


@router.get("/conversations", summary="List conversations")
async def list_conversations(
    caller: Caller, services: Provided, query: Annotated[ConversationQuery, Query()]
) -> ConversationList:
    """List conversations, the one with the newest text first."""
    narrowed = ConversationFilter(address=query.address, unread=query.unread)
    found = await services.messages.conversations.page(caller, narrowed, limit=query.limit + 1, before=query.before)
    shown = found[: query.limit]
    cursor = None
    if len(found) > query.limit:
        micros = (shown[-1].last_message_at - _EPOCH) // timedelta(microseconds=1)
        cursor = f"{micros}-{shown[-1].number}"
    return ConversationList(conversations=[ConversationView.of(each) for each in shown], next_cursor=cursor)


@router.get("/conversations/{conversation_id}", summary="Show a conversation", responses=problems(404))
async def show_conversation(conversation_id: ConversationId, caller: Caller, services: Provided) -> ConversationView:
    """Show a conversation."""
    return ConversationView.of(await services.messages.conversations.get(caller, conversation_id))


@router.get("/conversations/{conversation_id}/messages", summary="List its texts", responses=problems(404))
async def list_conversation_messages(
    conversation_id: ConversationId, caller: Caller, services: Provided, query: Annotated[Page, Query()]
) -> TextList:
    """List its texts of both directions, newest first."""
    conversation = await services.messages.conversations.get(caller, conversation_id)
    found = await services.messages.conversations.messages(
        caller, conversation, limit=query.limit + 1, before=query.before
    )
    shown, next_cursor = cut(found, query)
    pictures = await pictures_of(services, caller.organisation.id, shown)
    return TextList(messages=[TextView.of(each, pictures.get(each.id, ())) for each in shown], next_cursor=next_cursor)


@router.post(
    "/conversations/{conversation_id}/messages",
    summary="Answer",
    status_code=201,
    responses={201: {"model": TextView}, **problems(404, 409)},
    openapi_extra=json_body(ReplyRequest, {"plain": {"text": "You are welcome. See you at six."}}),
)
async def answer_conversation(
    conversation_id: ConversationId, caller: Caller, services: Provided, submitted: Repeatable
) -> Response:
    """Send a text from the number that the person wrote to. All that counts as read then."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(ReplyRequest, data)
        conversation = await services.messages.conversations.get(caller, conversation_id)
        if not conversation.theirs.startswith("+"):
            raise Conflict(f"{conversation.theirs} is no number that could be written to")
        text = render(wanted.text, {}, plain=wanted.plain, literal=True)
        message = await services.messages.conversations.answer(caller, conversation, text, connection=connection)
        return 201, TextView.of(message).model_dump(mode="json")

    answer = await submitted.run(action)
    services.messages.conversations.wake()
    return answer


@router.post("/conversations/{conversation_id}/read", summary="Count as read", status_code=204, responses=problems(404))
async def read_conversation(conversation_id: ConversationId, caller: Caller, services: Provided) -> None:
    """Count its texts as read."""
    await services.messages.conversations.read(caller, conversation_id)
