"""The routes that are about consent, and the bodies that they read."""

from __future__ import annotations

from callwright.api.native import consents, contactability, do_not_call

RESOURCES = (consents, do_not_call, contactability)
BODIES = (consents.ConsentRequest, consents.WithdrawRequest, do_not_call.ListRequest, do_not_call.EntriesRequest)
