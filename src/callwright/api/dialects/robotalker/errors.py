"""RoboTalker's errors: one of four fixed texts as a JSON string with HTTP 200, and our reason in a header."""

from __future__ import annotations

import orjson
from fastapi import Request, Response

from callwright.api.native.problems import NoSuchPath, WrongMethod
from callwright.errors import CallwrightError, InvalidRequest, RateLimited

NOT_POSTED = "48 Invalid Request (you have to use POST)"
NOT_KNOWN = "43 Invalid Token/Key"
NO_MESSAGE = "42 Unable to create/find message"
NO_MONEY = "41 Not enough balance"
#: Carries the reason, since programs compare the body with the document's texts.
DETAIL = "X-Error-Detail"
_LONGEST_DETAIL = 1000
#: Of what the document does not know.
_TEXTS = {404: "There is nothing at this path", 429: "Too many requests"}
#: Our fields by the program's names for them.
_NAMES = {
    "from": "optcallerid",
    "scheduled_at": "rundatetime",
    "expires_at": "enddate",
    "calls": "phonenumber",
    "to": "phonenumber",
    "flow": "messagetext",
    "message": "messagetext",
    "messages": "phonenumber",
    "media_urls": "imageurl",
    "campaign_name": "optname",
}


class NotPosted(CallwrightError):
    """A request that sends has to be a POST."""

    status = 405
    code = "not_posted"


def render(request: Request, error: CallwrightError) -> Response:
    """Return the answer to an error.

    What the document does not know, such as too many requests, has its HTTP status and a text of the same form.
    """
    del request
    status, text = 200, _text_of(error)
    if text is None:
        status = error.status
        text = f"{status} {_TEXTS.get(status, 'Internal error, try again')}"
    headers = {DETAIL: detail_of(error)}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    return Response(orjson.dumps(text), status_code=status, headers=headers, media_type="application/json")


def _text_of(error: CallwrightError) -> str | None:
    if isinstance(error, NotPosted | WrongMethod):
        return NOT_POSTED
    if error.status in {401, 403}:
        return NOT_KNOWN
    if error.status == 402:
        return NO_MONEY
    if isinstance(error, NoSuchPath):
        return None
    return NO_MESSAGE if error.status < 500 and error.status != 429 else None


def detail_of(error: CallwrightError) -> str:
    """Return the reason in one line of ASCII, with the program's names of fields."""
    text = str(error)
    if isinstance(error, InvalidRequest) and error.errors:
        text = "; ".join(f"{named(fault.field)}: {fault.message}" for fault in error.errors)
    text = " ".join(text.split())[:_LONGEST_DETAIL]
    return text.encode("ascii", "backslashreplace").decode()


def named(field: str) -> str:
    """Return the program's name of one of our fields."""
    head = field.replace("[", ".").partition(".")[0]
    return _NAMES.get(head, field)
