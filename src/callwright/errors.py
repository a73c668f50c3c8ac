"""One tree of errors: the class's docstring is its message, ``status`` the HTTP answer, ``code`` its stable name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


class CallwrightError(Exception):
    """Something went wrong."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """What is wrong with one field of a request."""

    #: Path of the field, such as ``calls[2].to`` or ``dtmf.1.url``.
    field: str
    #: What is wrong and what is allowed, as a sentence.
    message: str
    #: What was received, shortened; ``None`` when the field was absent.
    received: Any = None


class InvalidRequest(CallwrightError):
    """The request has fields that are missing or wrong."""

    status = 400
    code = "invalid_request"

    def __init__(self, errors: Sequence[FieldError], message: str | None = None) -> None:
        self.errors = tuple(errors)
        super().__init__(message or "; ".join(f"{e.field}: {e.message}" for e in self.errors) or None)


class Unauthorized(CallwrightError):
    """A valid API key is needed: send it as ``Authorization: Bearer KEY``."""

    status = 401
    code = "unauthorized"


class PaymentRequired(InvalidRequest):
    """The organisation's money does not cover this."""

    status = 402
    code = "payment_required"


class Forbidden(CallwrightError):
    """This key may not do that."""

    status = 403
    code = "forbidden"


class NotFound(CallwrightError):
    """There is no such thing in this organisation."""

    status = 404
    code = "not_found"


class Conflict(CallwrightError):
    """The thing is in a state that does not allow this."""

    status = 409
    code = "conflict"


class RateLimited(CallwrightError):
    """Too many requests: wait and try again."""

    status = 429
    code = "rate_limited"

    def __init__(self, retry_after: float, message: str | None = None) -> None:
        #: Seconds until a repeat can succeed.
        self.retry_after = retry_after
        super().__init__(message)


class Unavailable(CallwrightError):
    """A part of the appliance is not ready; try again shortly."""

    status = 503
    code = "unavailable"


class SetupError(CallwrightError):
    """Something this machine lacks; the message says what and how to get it."""

    code = "setup"
