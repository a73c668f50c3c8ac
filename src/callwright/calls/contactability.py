"""May this person be contacted now? The decision of the dialer, asked before anything is created."""

from __future__ import annotations

from callwright.accounts.models import Principal
from callwright.clock import Clock
from callwright.errors import NotFound
from callwright.numbers.parsing import country_of, is_forbidden, is_valid
from callwright.rules.contactability import ContactQuestion, Decision, decide
from callwright.store.database import Database
from callwright.store.statements import statements

SQL = statements(__package__, "contactability.sql")


class Contactability:
    """Asks the same facts and the same rules as the claim; stores nothing."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def ask(
        self,
        principal: Principal,
        address: str,
        *,
        channel: str,
        purpose: str,
        campaign_id: str | None = None,
        topic: str | None = None,
    ) -> Decision:
        """Decide about a contact by ``channel`` now; ``address`` is E.164 or, for ``email``, an e-mail address.

        Only calls are counted (``calls_per_person``); mail has no hours and no country. Raises ``NotFound`` for a
        campaign that the organisation does not have.
        """
        organisation = principal.organisation
        if campaign_id is not None and not await self._database.fetchval(
            SQL["has_campaign"], organisation.id, campaign_id, principal.fence
        ):
            raise NotFound(f"there is no campaign {campaign_id!r}")
        facts = await self._database.fetchrow(
            SQL["facts_of"], organisation.id, address, channel, purpose, campaign_id, topic, organisation.region
        )
        if facts is None:
            raise NotFound(f"there is no organisation {organisation.id!r}")
        mail, call, sandbox = channel == "email", channel == "call", principal.sandbox
        return decide(
            ContactQuestion(
                number=address,
                purpose=purpose,
                sandbox=sandbox,
                now=self._clock.now(),
                organisation_zone=organisation.time_zone,
                calling_from=None if mail else organisation.calling_from,
                calling_until=None if mail else organisation.calling_until,
                suppression=facts["suppression"],
                valid=mail or is_valid(address),
                forbidden=None if mail or sandbox else is_forbidden(address),
                country=None if mail else country_of(address),
                allowed_countries=None if mail else facts["allowed_countries"],
                recent_calls=facts["recent_calls"] if call else 0,
                oldest_recent_call=facts["oldest_recent_call"] if call else None,
                calls_per_person=facts["calls_per_person"] if call else None,
                per_person_hours=facts["per_person_hours"],
                do_not_call=facts["do_not_call"],
                consent_id=facts["consent_id"],
                consent_state=facts["consent_state"],
                consent_expires_at=facts["consent_expires_at"],
                marketing_needs_consent=facts["marketing_needs_consent"],
            )
        )
