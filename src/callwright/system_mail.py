"""Mails of the appliance's own: links to choose a password, codes that prove an address, reports of campaigns.

They are jobs and not messages: what they hold (a token, a code) is for their reader alone, so it is sealed while it
waits and shown by no list. They leave over the operator's shared routes of emails.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from callwright.accounts.mail import Link
from callwright.billing.mailed_statements import MailedStatements, StatementMail
from callwright.channels.email.connections import Connections, Letter, NotConnected, Refused, Taken
from callwright.channels.email.options import read_options
from callwright.clock import Clock, SystemClock
from callwright.errors import SetupError
from callwright.jobs import Jobs
from callwright.listening import listening
from callwright.mail.addresses import domain_of, in_ascii
from callwright.mail.attachments import Attachment
from callwright.mail.building import Envelope, Template
from callwright.mail.content import Content
from callwright.messages.models import Route
from callwright.messages.routes import MessageRoutes
from callwright.settings import Settings
from callwright.store.database import Database
from callwright.store.secrets import SecretBox

if TYPE_CHECKING:
    from callwright.store.database import Connection

log = logging.getLogger(__name__)

JOB = "mail.send"
#: With pauses of 1, 2, 4, … seconds: about an hour.
ATTEMPTS = 12

_SUBJECTS = {
    "invitation": "{organisation}: choose your password",
    "password_reset": "Choose a new password",
}
_TEXTS = {
    "invitation": (
        "Hello {name},\n\nyou were invited to {organisation}. Choose your password here:\n\n{url}\n\n"
        "The link works once, until {until}.\n"
    ),
    "password_reset": (
        "Hello {name},\n\nsomebody, probably you, asked for a new password for {organisation}. Choose it here:\n\n"
        "{url}\n\nThe link works once, until {until}. If you did not ask for it, do nothing: your password stays.\n"
    ),
}
_PAGES = {"invitation": "invitation", "password_reset": "reset"}


class SystemMail:
    """Takes the appliance's own mails and sends them; a ``Postman`` of accounts."""

    def __init__(
        self, database: Database, secrets: SecretBox, settings: Settings, *, url: str, clock: Clock | None = None
    ) -> None:
        """``url`` is that of the database."""
        self._secrets, self._settings = secrets, settings
        self._clock = clock or SystemClock()
        self._jobs = Jobs(url)
        self._routes = MessageRoutes(database, secrets)
        #: Brings statements, each month's among them.
        self.statements = MailedStatements(database, bring=self.bring_statement if self.delivers else None)

    @property
    def delivers(self) -> bool:
        """Whether the appliance has an address of its own to send from (``CALLWRIGHT_MAIL_FROM``)."""
        return self._settings.mail_from is not None

    def register(self, jobs: Jobs) -> None:
        """Let this process send what waits, and statements when their month is over."""
        jobs.register(JOB, self.send, attempts=ATTEMPTS)
        if self.delivers:
            jobs.every("billing.mail_statements", "7 * * * *", self.statements.look)

    async def bring(self, connection: Connection, link: Link) -> None:
        """Send a link, once the caller's transaction commits; without an address of its own, nothing."""
        if not self.delivers:
            return
        base = self._settings.public_url or listening(self._settings).url
        said = {
            "name": link.name,
            "organisation": link.organisation,
            # behind the # it reaches no server's log
            "url": f"{base.rstrip('/')}/app/{_PAGES[link.kind]}#{link.token}",
            "until": f"{link.expires_at:%Y-%m-%d %H:%M} UTC",
        }
        await self.bring_text(
            connection, link.email, _SUBJECTS[link.kind].format(**said), _TEXTS[link.kind].format(**said)
        )

    async def bring_text(
        self,
        connection: Connection,
        to: str,
        subject: str,
        text: str,
        files: Sequence[Attachment] = (),
        *,
        html: str | None = None,
        values: Mapping[str, str] | None = None,
    ) -> None:
        """Send a text, once the caller's transaction commits; ``html`` beside it has placeholders for ``values``."""
        payload: dict[str, Any] = {"to": to, "subject": subject, "text": text}
        if html is not None:
            payload |= {"html": html, "values": dict(values or {})}
        payload["files"] = [file.body() for file in files]
        sealed = self._secrets.seal(orjson.dumps(payload).decode())
        await self._jobs.enqueue(connection, JOB, sealed)

    async def bring_report(self, connection: Connection, to: str, subject: str, text: str, table: bytes) -> None:
        """Send a report with its table (CSV), once the caller's transaction commits."""
        file = Attachment(filename="report.csv", content_type="text/csv", octets=table)
        await self.bring_text(connection, to, subject, text, [file])

    async def bring_results(
        self, connection: Connection, to: str, subject: str, text: str, file: str | None, octets: bytes
    ) -> None:
        """Send a campaign's report with a CSV file, or without, once the caller's transaction commits."""
        files = [] if file is None else [Attachment(filename=file, content_type="text/csv", octets=octets)]
        await self.bring_text(connection, to, subject, text, files)

    async def bring_statement(self, connection: Connection, to: str, mail: StatementMail) -> None:
        """Send a month's statement with its table (CSV), once the caller's transaction commits."""
        file = Attachment(filename=mail.filename, content_type="text/csv", octets=mail.table)
        await self.bring_text(connection, to, mail.subject, mail.text, [file], html=mail.html, values=mail.values)

    async def send(self, payload: bytes) -> None:
        """Send what waits: the handler of the job. Raises to be tried again."""
        mail = orjson.loads(self._secrets.open(payload))
        sender = self._settings.mail_from
        if sender is None:
            raise SetupError("CALLWRIGHT_MAIL_FROM is not set any more: mails of the appliance's own wait for it")
        letter = self._letter(mail, sender, hashlib.sha256(payload).hexdigest()[:24], self._clock.now())
        routes = await self._routes.shared("email", "smtp")
        if not routes:
            raise SetupError("no shared route carries emails: add one with callwright routes add")
        problem: Exception | None = None
        for route in routes:
            try:
                await _deliver(route, letter)
            except (NotConnected, _NotTaken) as error:
                problem = error
                log.warning("a mail of the appliance's own did not leave over %s: %s", route.name, error)
            else:
                return
        assert problem is not None  # noqa: S101  (there is a route, and it failed)
        raise problem

    def _letter(self, mail: Mapping[str, Any], sender: str, name: str, now: datetime) -> Letter:
        files = tuple(
            Attachment(
                filename=file["filename"],
                content_type=file["content_type"],
                octets=base64.b64decode(file["content"]),
            )
            for file in mail["files"]
        )
        # what it says holds no placeholders: a brace in a person's name is one of theirs
        said = {**mail.get("values", {}), "subject": mail["subject"], "text": mail["text"]}
        content = Content(subject="{subject}", text="{text}", html=mail.get("html"), headers={}, attachments=files)
        to, sender = in_ascii(mail["to"]), in_ascii(sender)
        envelope = Envelope(
            to=to,
            sender=sender,
            sender_name="Callwright",
            variables=said,
            message_id=f"{name}@{domain_of(sender)}",
            date=now,
            headers={"Auto-Submitted": "auto-generated"},
        )
        return Letter(return_path=sender, to=to, octets=Template(content).build(envelope))


class _NotTaken(Exception):
    """The mail server did not take a mail."""


async def _deliver(route: Route, letter: Letter) -> None:
    connections = Connections(read_options(route.options, route.secrets))
    try:
        answer = await connections.deliver(letter)
    finally:
        await connections.close()
    if isinstance(answer, Taken):
        return
    if isinstance(answer, Refused) and answer.permanent:
        # trying again would be refused again: the operator reads why
        log.error("a mail of the appliance's own to %s was refused: %d %s", letter.to, answer.code, answer.said)
        return
    raise _NotTaken(f"{answer.code} {answer.said}" if isinstance(answer, Refused) else answer.reason)
