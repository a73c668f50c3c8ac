"""``/sessions``: signing in, what is signed in, signing out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts.models import Principal, Session
from callwright.accounts.sessions import IDLE, LIFETIME
from callwright.api.native.bodies import read_object
from callwright.api.native.ids import SessionId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import IdPage, cut_by_id
from callwright.api.native.security import Caller, client_address, cookie_name, needs
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.errors import Forbidden

router = APIRouter(tags=["sessions"])


class SignIn(BaseModel):
    """Who signs in, and with what."""

    model_config = ConfigDict(extra="forbid", strict=True)

    email: str = Field(min_length=3, max_length=254)
    password: str = Field(min_length=1, max_length=1000)
    code: str | None = Field(
        default=None, max_length=60, description="Of the second factor, or a recovery code; where there is one."
    )
    sandbox: bool = Field(default=False, description="Its calls reach the handset lab only.")
    cookie: bool = Field(default=False, description="For browsers: the token goes into a cookie that no script reads.")


class SessionView(BaseModel):
    """A person signed in on one device."""

    session_id: str
    user_id: str
    sandbox: bool
    current: bool = Field(description="Whether it is the one of this request.")
    created_at: Utc
    expires_at: Utc
    last_seen_at: Utc
    address: str | None
    user_agent: str | None
    second_factor_at: Utc | None

    @classmethod
    def of(cls, session: Session, *, current: str | None) -> SessionView:
        """Return the view of a session."""
        return cls(
            session_id=session.id,
            user_id=session.user_id,
            sandbox=session.sandbox,
            current=session.id == current,
            created_at=session.created_at,
            expires_at=session.expires_at,
            last_seen_at=session.last_seen_at,
            address=session.address,
            user_agent=session.user_agent,
            second_factor_at=session.second_factor_at,
        )


class NewSession(BaseModel):
    """A session and its token, which is shown this once."""

    session: SessionView
    token: str | None = Field(description="Send it as `Authorization: Bearer TOKEN`; null: it is in the cookie.")
    idle_seconds: int = Field(description="It ends after so long without a request, and at `expires_at` in any case.")


class SessionList(BaseModel):
    """A page of sessions."""

    sessions: list[SessionView]
    next_cursor: str | None


def person_of(caller: Principal) -> str:
    """Return the id of the person behind a request. Raises ``Forbidden`` for a key of the organisation."""
    if caller.user_id is None:
        raise Forbidden("this is about a person, and this key is the organisation's; sign in, or use a key of your own")
    return caller.user_id


@router.post(
    "/sessions",
    summary="Sign in",
    status_code=201,
    response_model=NewSession,
    responses=problems(429),
    openapi_extra=json_body(
        SignIn,
        {
            "api": {"email": "ann@example.com", "password": "seven blue herons sing", "code": "492039"},
            "browser": {"email": "ann@example.com", "password": "seven blue herons sing", "cookie": True},
        },
    ),
)
async def create_session(request: Request, services: Provided) -> Response:
    """Sign in. `second_factor_needed` (401) asks for the same again with `code`."""
    data = await read_object(request)
    wanted = parsed(SignIn, data)
    session, token = await services.accounts.sessions.sign_in(
        wanted.email,
        wanted.password,
        code=wanted.code,
        sandbox=wanted.sandbox,
        address=client_address(request),
        user_agent=request.headers.get("user-agent"),
    )
    made = NewSession(
        session=SessionView.of(session, current=session.id),
        token=None if wanted.cookie else token,
        idle_seconds=int(IDLE.total_seconds()),
    )
    response = JSONResponse(made.model_dump(mode="json"), status_code=201)
    if wanted.cookie:
        response.set_cookie(cookie_name(request), token, **_cookie_options(request))
    return response


@router.get("/sessions", summary="List your sessions", responses=problems(403))
async def list_sessions(caller: Caller, services: Provided, page: Annotated[IdPage, Query()]) -> SessionList:
    """List where you are signed in, newest first."""
    found = await services.accounts.sessions.page(
        caller.organisation.id, person_of(caller), limit=page.limit + 1, before=page.cursor
    )
    shown, next_cursor = cut_by_id(found, page)
    return SessionList(
        sessions=[SessionView.of(session, current=caller.session_id) for session in shown], next_cursor=next_cursor
    )


@router.delete("/sessions/current", summary="Sign out", status_code=204, responses=problems(403))
@needs(None)
async def sign_out(request: Request, caller: Caller, services: Provided) -> Response:
    """End the session of this request."""
    if caller.session_id is None:
        raise Forbidden("this request was authorised by a key, not by a session; revoke the key instead")
    await services.accounts.sessions.end(person_of(caller), caller.session_id, who=caller.actor)
    response = Response(status_code=204)
    response.delete_cookie(cookie_name(request), path="/", secure=request.url.scheme == "https", httponly=True)
    return response


@router.delete(
    "/sessions/{session_id}", summary="Sign out on another device", status_code=204, responses=problems(403, 404)
)
async def end_session(session_id: SessionId, caller: Caller, services: Provided) -> None:
    """End one of your sessions."""
    await services.accounts.sessions.end(person_of(caller), session_id, who=caller.actor)


def _cookie_options(request: Request) -> dict[str, Any]:
    return {
        "max_age": int(LIFETIME.total_seconds()),
        "path": "/",
        "httponly": True,
        "samesite": "strict",
        "secure": request.url.scheme == "https",
    }
