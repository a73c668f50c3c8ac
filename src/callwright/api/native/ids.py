"""Ids in paths: what cannot be an id of ours is simply not there."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends

from callwright.errors import NotFound

_ID = re.compile(r"[a-z]{3}_[0-9a-z]{1,40}")


def _checked(given: str, thing: str) -> str:
    if not _ID.fullmatch(given):
        raise NotFound(f"there is no {thing} {given[:60]!r}")
    return given


def _call(call_id: str) -> str:
    return _checked(call_id, "call")


def _order(order_id: str) -> str:
    return _checked(order_id, "order")


def _campaign(campaign_id: str) -> str:
    return _checked(campaign_id, "campaign")


def _delivery(delivery_id: str) -> str:
    return _checked(delivery_id, "delivery")


def _number(number_id: str) -> str:
    return _checked(number_id, "number")


def _pool(pool_id: str) -> str:
    return _checked(pool_id, "number pool")


def _suppression(suppression_id: str) -> str:
    return _checked(suppression_id, "suppression")


def _extension(extension_id: str) -> str:
    return _checked(extension_id, "extension")


def _trunk(trunk_id: str) -> str:
    return _checked(trunk_id, "trunk")


def _approval(approval_id: str) -> str:
    return _checked(approval_id, "approval")


def _verification(verification_id: str) -> str:
    return _checked(verification_id, "verification")


def _consent(consent_id: str) -> str:
    return _checked(consent_id, "consent")


def _dnc_list(list_id: str) -> str:
    return _checked(list_id, "do-not-call list")


def _audio(audio_id: str) -> str:
    return _checked(audio_id, "audio")


def _recording(recording_id: str) -> str:
    return _checked(recording_id, "recording")


def _contact(contact_id: str) -> str:
    return _checked(contact_id, "contact")


def _group(group_id: str) -> str:
    return _checked(group_id, "group")


def _segment(segment_id: str) -> str:
    return _checked(segment_id, "segment")


def _import(import_id: str) -> str:
    return _checked(import_id, "import")


def _user(user_id: str) -> str:
    return _checked(user_id, "user")


def _key(key_id: str) -> str:
    return _checked(key_id, "key")


def _session(session_id: str) -> str:
    return _checked(session_id, "session")


def _upload(upload_id: str) -> str:
    return _checked(upload_id, "upload")


def _conversation(conversation_id: str) -> str:
    return _checked(conversation_id, "conversation")


def _flow(flow_id: str) -> str:
    return _checked(flow_id, "flow")


def _draft(draft_id: str) -> str:
    return _checked(draft_id, "draft")


def _result_link(link_id: str) -> str:
    return _checked(link_id, "link")


def _sms(sms_id: str) -> str:
    return _checked(sms_id, "text")


def _email(email_id: str) -> str:
    return _checked(email_id, "email")


def _sender(sender_id: str) -> str:
    return _checked(sender_id, "sender")


def _template(template_id: str) -> str:
    return _checked(template_id, "template")


CallId = Annotated[str, Depends(_call)]
ApprovalId = Annotated[str, Depends(_approval)]
AudioId = Annotated[str, Depends(_audio)]
CampaignId = Annotated[str, Depends(_campaign)]
ConsentId = Annotated[str, Depends(_consent)]
DncListId = Annotated[str, Depends(_dnc_list)]
ConversationId = Annotated[str, Depends(_conversation)]
ContactId = Annotated[str, Depends(_contact)]
DeliveryId = Annotated[str, Depends(_delivery)]
DraftId = Annotated[str, Depends(_draft)]
TrunkId = Annotated[str, Depends(_trunk)]
ExtensionId = Annotated[str, Depends(_extension)]
FlowId = Annotated[str, Depends(_flow)]
GroupId = Annotated[str, Depends(_group)]
ImportId = Annotated[str, Depends(_import)]
SegmentId = Annotated[str, Depends(_segment)]
KeyId = Annotated[str, Depends(_key)]
SessionId = Annotated[str, Depends(_session)]
UploadId = Annotated[str, Depends(_upload)]
UserId = Annotated[str, Depends(_user)]
VerificationId = Annotated[str, Depends(_verification)]
NumberId = Annotated[str, Depends(_number)]
RecordingId = Annotated[str, Depends(_recording)]
SuppressionId = Annotated[str, Depends(_suppression)]
OrderId = Annotated[str, Depends(_order)]
PoolId = Annotated[str, Depends(_pool)]
ResultLinkId = Annotated[str, Depends(_result_link)]
SmsId = Annotated[str, Depends(_sms)]
EmailId = Annotated[str, Depends(_email)]
SenderId = Annotated[str, Depends(_sender)]
TemplateId = Annotated[str, Depends(_template)]
