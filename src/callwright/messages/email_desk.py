"""The services of emails on one database, as the API and the commands use them."""

from __future__ import annotations

from dataclasses import dataclass

from callwright.mail.tokens import Tokens
from callwright.messages.email_senders import Bring, EmailSenders
from callwright.messages.emails import Emails
from callwright.store.database import Database
from callwright.store.secrets import SecretBox


@dataclass(frozen=True, kw_only=True)
class EmailDesk:
    """What only emails have; the rest is that of all messages (``messages.desk``)."""

    emails: Emails
    senders: EmailSenders
    #: Names the mails of this appliance, in links and in what comes back.
    tokens: Tokens
    #: Whether the appliance sends mails of its own: codes, links, reports.
    sends_own: bool

    @classmethod
    def on(cls, database: Database, secrets: SecretBox, *, bring: Bring | None = None) -> EmailDesk:
        """Return the services; ``bring`` sends the appliance's own mails, where it has some."""
        return cls(
            emails=Emails(database, secrets),
            senders=EmailSenders(database, secrets, bring=bring),
            tokens=Tokens(secrets.derived("mail")),
            sends_own=bring is not None,
        )
