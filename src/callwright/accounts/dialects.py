"""The dialects: services whose programs we serve, and what an organisation may set for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callwright.accounts.models import ApiKey, Organisation
from callwright.errors import FieldError

#: In the order of the documentation.
DIALECTS = ("robotalker", "robocall", "effebot", "multisender")
#: Those whose programs sign in with email and password and get a token.
SIGNED_IN = frozenset({"multisender"})
#: What can be set, and to which values; the first is the usual one.
OPTIONS: Mapping[str, tuple[Any, ...]] = {
    # a webhook at every change of a call's status, or one at its end
    "effebot_webhook": ("every_change", "final"),
    # whether who knows a userId may read jobs, as with the original
    "robotalker_open_job_lookup": (False, True),
    # whether ``RinglessVm`` may be asked for
    "robotalker_ringless": (False, True),
    # of the voice where the program cannot say
    "robotalker_gender": ("female", "male"),
}
#: What the operator of the appliance allows, and nobody else.
OPERATORS = frozenset({"robotalker_ringless"})


def option(options: Mapping[str, Any], name: str) -> Any:
    """Return what an organisation set, or the usual value."""
    return options.get(name, OPTIONS[name][0])


def reserved(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldError]:
    """Return what of a change of options is the operator's to decide."""
    message = "only the operator of the appliance sets it (callwright orgs dialects)"
    return [
        FieldError(field=f"dialect_options.{name}", message=message, received=after.get(name))
        for name in sorted(OPERATORS)
        if option(before, name) != option(after, name)
    ]


def wrong_options(options: Mapping[str, Any]) -> list[FieldError]:
    """Return what of these options does not exist or has no such value."""
    errors = []
    for name, value in options.items():
        field = f"dialect_options.{name}"
        if name not in OPTIONS:
            message = f"there is no such option; there are {', '.join(OPTIONS)}"
            errors.append(FieldError(field=field, message=message))
        elif not any(value is known or (isinstance(value, str) and value == known) for known in OPTIONS[name]):
            allowed = ", ".join(str(known).lower() if isinstance(known, bool) else known for known in OPTIONS[name])
            errors.append(FieldError(field=field, message=f"one of {allowed}", received=value))
    return errors


def program_settings(key: ApiKey, secret: str, organisation: Organisation) -> dict[str, str] | None:
    """Return what a program has to be given, by its own names; ``None`` for a key of the native API."""
    if key.dialect == "robotalker":
        # the original's two secrets and a number: the token is what proves, the key says which one, the number whose
        return {"key": key.id, "token": secret, "userId": str(organisation.number)}
    header = {"robocall": "x-credential-api-key", "effebot": "apiKey", "multisender": "X-Access-Token"}
    return None if key.dialect is None else {header[key.dialect]: secret}
