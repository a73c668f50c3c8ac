"""Named texts that people reuse: of calls, texts and emails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callwright.accounts.models import Principal
from callwright.accounts.sandbox import check_own
from callwright.errors import Conflict, FieldError, InvalidRequest, NotFound
from callwright.flows.templates import placeholders
from callwright.ids import new_id
from callwright.store.database import Database, Row
from callwright.store.statements import statements

SQL = statements(__package__, "templates.sql")

CHANNELS = ("call", "sms", "email")
#: Fields of a body, by channel, all of them text; the first is needed.
FIELDS: Mapping[str, tuple[str, ...]] = {"call": ("text",), "sms": ("text",), "email": ("subject", "text", "html")}
_MOST: Mapping[str, int] = {"text": 100_000, "html": 1_000_000, "subject": 1000}


@dataclass(frozen=True, kw_only=True)
class Template:
    """A named text."""

    id: str
    number: int
    organisation_id: str
    owner_id: str | None
    channel: str
    name: str
    #: ``text``; of email ``subject``, ``text``, ``html``.
    body: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime

    @property
    def placeholders(self) -> list[str]:
        """Names of the placeholders in it, each once, by the alphabet."""
        return sorted({name for text in self.body.values() if isinstance(text, str) for name in placeholders(text)})


class Templates:
    """The only writer of templates."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, who: Principal, *, channel: str, name: str, body: Mapping[str, Any]) -> Template:
        """Add a template. Raises ``InvalidRequest``, and ``Conflict`` when the name is taken."""
        check_body(channel, body)
        row = await self._database.fetchrow(
            SQL["insert_template"],
            *(new_id("tpl"), who.organisation.id, who.user_id, channel, name, dict(body), who.sandbox),
        )
        if row is None:
            raise Conflict(f"there is a template {name!r} for {channel} already")
        return _template(row)

    async def page(
        self, who: Principal, *, channel: str | None = None, limit: int = 200, before: int | None = None
    ) -> list[Template]:
        """Return templates, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page_of_templates"], who.organisation.id, channel, before, limit, who.fence
        )
        return [_template(row) for row in rows]

    async def get(self, who: Principal, id_or_name: str, *, channel: str | None = None) -> Template:
        """Return a template by its id or name. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_template"], who.organisation.id, id_or_name, channel, who.fence)
        if row is None:
            raise NotFound(f"there is no template {id_or_name!r}")
        return _template(row)

    async def change(
        self, who: Principal, template_id: str, *, name: str | None = None, body: Mapping[str, Any] | None = None
    ) -> Template:
        """Change what is given.

        Raises ``NotFound``, ``InvalidRequest``, ``Conflict``, and ``Forbidden`` (sandbox keys).
        """
        organisation_id = who.organisation.id
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["lock_template"], organisation_id, template_id, who.fence)
            if row is None:
                raise NotFound(f"there is no template {template_id!r}")
            check_own("template", who, row["id"], made_by_sandbox=row["sandbox"])
            if body is not None:
                check_body(row["channel"], body)
            if name is not None and await connection.fetchval(
                SQL["name_is_taken"], organisation_id, row["channel"], name, template_id
            ):
                raise Conflict(f"there is a template {name!r} for {row['channel']} already")
            changed = await connection.fetchrow(
                SQL["change_template"],
                organisation_id,
                template_id,
                row["name"] if name is None else name,
                row["body"] if body is None else dict(body),
            )
        assert changed is not None  # noqa: S101  (it is locked)
        return _template(changed)

    async def remove(self, who: Principal, template_id: str) -> None:
        """Delete a template; what was made of it stays. Raises ``NotFound``, and ``Forbidden`` (sandbox keys)."""
        own = (who.organisation.id, template_id, who.fence)
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(SQL["lock_template"], *own)
            if row is None:
                raise NotFound(f"there is no template {template_id!r}")
            check_own("template", who, row["id"], made_by_sandbox=row["sandbox"])
            await connection.execute(SQL["delete_template"], *own)


def check_body(channel: str, body: Mapping[str, Any], *, field: str = "body") -> None:
    """Raise ``InvalidRequest`` for a body that this channel cannot have."""
    known = FIELDS[channel]
    errors = [
        FieldError(field=f"{field}.{name}", message=f"a template for {channel} has {', '.join(known)}")
        for name in body
        if name not in known
    ]
    for name in known:
        value = body.get(name)
        if value is None:
            continue
        if not isinstance(value, str) or not value.strip() or len(value) > _MOST[name]:
            errors.append(FieldError(field=f"{field}.{name}", message=f"text of 1 to {_MOST[name]} characters"))
        elif name == "subject" and not value.isprintable():
            errors.append(FieldError(field=f"{field}.subject", message="is one line without control characters"))
    if not errors and not body.get(known[0]):
        errors.append(FieldError(field=f"{field}.{known[0]}", message="is needed"))
    if not errors and channel == "email" and not (body.get("text") or body.get("html")):
        errors.append(FieldError(field=f"{field}.html", message="is needed, or text"))
    if errors:
        raise InvalidRequest(errors)


def _template(row: Row) -> Template:
    return Template(**{name: row[name] for name in Template.__dataclass_fields__})
