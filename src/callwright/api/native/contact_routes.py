"""The routes that are about people, and the bodies that they read."""

from __future__ import annotations

from callwright.api.native import contact_fields, contact_merging, contact_personal, contacts, groups, imports, segments
from callwright.api.native.contact_requests import ContactRequest

#: In this order: a fixed path under ``/contacts`` comes before ``/contacts/{contact_id}``.
RESOURCES = (contact_fields, contact_merging, contact_personal, contacts, groups, segments, imports)
BODIES = (
    ContactRequest,
    contact_fields.FieldRequest,
    contact_merging.MergeRequest,
    groups.GroupRequest,
    groups.GroupChange,
    groups.MembersRequest,
    segments.FilterRequest,
    segments.SegmentRequest,
    segments.SegmentChange,
    imports.StartRequest,
)
