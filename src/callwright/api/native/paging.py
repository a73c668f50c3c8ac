"""Lists, page by page: the cursor is the ``number`` of the last object shown, so a page never repeats one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from callwright.contacts.filters.language import MAX_TEXT

Item = TypeVar("Item")

#: Text in a query: PostgreSQL cannot hold NUL.
QueryText = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
#: A filter in a query.
FilterText = Annotated[str, Field(max_length=MAX_TEXT, pattern=r"^[^\x00]*$")]


class Page(BaseModel):
    """Query parameters of every list; unknown ones are refused, like unknown fields."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, pattern=r"^[0-9]{1,18}$", description="`next_cursor` of the page before.")

    @property
    def before(self) -> int | None:
        """The number below which the page begins."""
        return None if self.cursor is None else int(self.cursor)


class IdPage(BaseModel):
    """Query parameters of a list whose objects have no number."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(
        default=None, pattern=r"^[a-z]{3}_[0-9a-z]{1,40}$", description="`next_cursor` of the page before."
    )


def cut_by_id(found: Sequence[Item], page: IdPage) -> tuple[Sequence[Item], str | None]:
    """Return a page and its ``next_cursor`` from up to ``page.limit + 1`` objects that have an ``id``."""
    shown = found[: page.limit]
    last: Any = shown[-1] if len(found) > page.limit else None
    return shown, None if last is None else str(last.id)


def cut(found: Sequence[Item], page: Page) -> tuple[Sequence[Item], str | None]:
    """Return a page and its ``next_cursor`` from up to ``page.limit + 1`` objects that have a ``number``."""
    shown = found[: page.limit]
    last: Any = shown[-1] if len(found) > page.limit else None
    return shown, None if last is None else str(last.number)
