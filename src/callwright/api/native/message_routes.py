"""The resources of texts and emails."""

from __future__ import annotations

from callwright.api.native import senders, sms, sms_pictures, templates

RESOURCES = (sms, sms_pictures, senders, templates)
BODIES = [*sms.BODIES, *senders.BODIES, *templates.BODIES]
