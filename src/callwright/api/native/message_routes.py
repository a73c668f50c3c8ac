"""The resources of texts and emails."""

from __future__ import annotations

from callwright.api.native import senders, sms, templates

RESOURCES = (sms, senders, templates)
BODIES = [*sms.BODIES, *senders.BODIES, *templates.BODIES]
