from datetime import UTC, datetime
from typing import Any

import pytest

from callwright.api.dialects.robotalker import rendering
from callwright.api.dialects.robotalker.rendering import Job, Part
from callwright.rules.outcomes import Outcome

JOB = Job(
    number=551539,
    name="AA-CFI-U7EH9SA3X",
    starts_at=datetime(2017, 2, 27, 17, 31, 50, tzinfo=UTC),
    zone="America/New_York",
)


def call(outcome: Outcome | None = None, **fields: Any) -> Part:
    status = fields.pop("status", "queued" if outcome is None else "ended")
    return Part(channel="call", to_number="+14198191419", name="Pam", status=status, outcome=outcome, **fields)


def sms(status: str = "queued", **fields: Any) -> Part:
    return Part(channel="sms", to_number="+14198191419", name="Pam", status=status, **fields)


def test_the_answer_of_the_document() -> None:
    part = Part(channel="sms", to_number="+14198191419", name="AA10161-Pam", status="queued")
    assert rendering.created(JOB, [part]) == [
        {
            "id": 551539,
            "jobName": "dp0.AA-CFI-U7EH9SA3X",
            "ToNumber": "4198191419",
            "ContactName": "AA10161-Pam",
            "Jobtime": "2/27/2017 12:31:50 PM-EST",
            "smsStatus": "0",
            "JobStatus": 0,
        }
    ]


def test_one_object_a_number_whatever_its_channels() -> None:
    found = rendering.created(JOB, [call(), sms("delivered")])
    assert len(found) == 1
    assert found[0]["smsStatus"] == "2"
    assert found[0]["JobStatus"] == 1


def test_the_summary_of_the_document() -> None:
    job = Job(
        number=214558,
        name="membership-2017-0700",
        starts_at=datetime(2017, 2, 13, 13, tzinfo=UTC),
        zone="America/New_York",
    )
    parts = [*[call(Outcome.HUMAN)] * 42, *[call(Outcome.VOICEMAIL_LEFT)] * 70, *[call(Outcome.NO_ANSWER)] * 22]
    assert rendering.summaries(job, parts) == [
        {
            "TriggerStatus": "Completed",
            "StartTime": "2/13/2017 8:00:00 AM-EST",
            "TotalContacts": 134,
            "Name": "membership-2017-0700",
            "Completed": 112,
            "Delivered": 42,
            "VoiceMail": 70,
            "LineBusy": 0,
            "NotAnswered": 22,
            "InvalidNumber": 0,
            "Id": 214558,
        }
    ]


@pytest.mark.parametrize(
    ("outcome", "counter", "word"),
    [
        (Outcome.HUMAN, "Delivered", "Completed"),
        (Outcome.ANSWERED, "Delivered", "Completed"),
        (Outcome.VOICEMAIL_LEFT, "VoiceMail", "Voicemail"),
        (Outcome.MACHINE, "NotAnswered", "No Answer"),
        (Outcome.FAX, "NotAnswered", "Failed"),
        (Outcome.BUSY, "LineBusy", "Busy"),
        (Outcome.NO_ANSWER, "NotAnswered", "No Answer"),
        (Outcome.REJECTED, "NotAnswered", "No Answer"),
        (Outcome.INVALID_NUMBER, "InvalidNumber", "Invalid Number"),
        (Outcome.FAILED, "NotAnswered", "Failed"),
        (Outcome.CONGESTION, "NotAnswered", "Failed"),
        (Outcome.INTERRUPTED, "NotAnswered", "Failed"),
        (Outcome.CANCELLED, None, "Cancelled"),
        (Outcome.EXPIRED, None, "Cancelled"),
        (Outcome.SKIPPED, None, "Cancelled"),
    ],
)
def test_every_outcome_has_a_counter_and_a_word(outcome: Outcome, counter: str | None, word: str) -> None:
    summary = rendering.summary(JOB, [call(outcome)])
    counted = {name for name in ("Delivered", "VoiceMail", "LineBusy", "NotAnswered", "InvalidNumber") if summary[name]}
    assert counted == ({counter} if counter else set())
    assert summary["TotalContacts"] == 1
    assert rendering.description(call(outcome)) == word


@pytest.mark.parametrize(
    ("status", "number", "word", "counter"),
    [
        ("queued", "0", "Pending", None),
        ("sending", "0", "Pending", None),
        ("sent", "1", "Completed", None),
        ("unknown", "1", "Completed", None),
        ("delivered", "2", "Completed", "Delivered"),
        ("failed", "3", "Failed", "NotAnswered"),
        ("undelivered", "3", "Failed", "NotAnswered"),
        ("expired", "3", "Cancelled", None),
        ("cancelled", "3", "Cancelled", None),
        ("skipped", "3", "Cancelled", None),
    ],
)
def test_every_state_of_a_text(status: str, number: str, word: str, counter: str | None) -> None:
    assert rendering.sms_status(sms(status)) == number
    assert rendering.description(sms(status)) == word
    assert rendering.counter_of(sms(status)) == counter


@pytest.mark.parametrize(
    ("parts", "cancelled", "state", "word"),
    [
        ([call()], False, 0, "Pending"),
        ([call(attempts=1)], False, 1, "Running"),
        ([call(Outcome.BUSY), call()], False, 1, "Running"),
        ([call(Outcome.BUSY)], False, 2, "Completed"),
        ([call(Outcome.CANCELLED)], True, 3, "Cancelled"),
        ([call(status="ringing")], True, 1, "Running"),
    ],
)
def test_states_of_a_job(parts: list[Part], cancelled: bool, state: int, word: str) -> None:
    job = Job(number=1, name="a", starts_at=JOB.starts_at, zone="UTC", cancelled=cancelled)
    assert rendering.job_state(job, parts) == state
    assert rendering.summary(job, parts)["TriggerStatus"] == word


def test_a_job_that_stands_still_is_paused_until_it_is_over() -> None:
    job = Job(number=1, name="a", starts_at=JOB.starts_at, zone="UTC", paused=True)
    assert rendering.summary(job, [call()])["TriggerStatus"] == "Paused"
    assert rendering.summary(job, [call(Outcome.BUSY)])["TriggerStatus"] == "Completed"


def test_the_row_of_a_text_as_in_the_document() -> None:
    part = Part(
        channel="sms",
        to_number="+18502845208",
        name="Bob-smith",
        status="delivered",
        reply="I will be there!",
        media=True,
        receipt="b21e540a693b43b596a6be0e760a0a7f",
    )
    job = Job(number=4012, name="a", starts_at=JOB.starts_at, zone="UTC")
    assert rendering.detail(job, part) == {
        "ContactName": "Bob-smith",
        "DialNumber": "8502845208",
        "Description": "Completed",
        "ReturnedMessage": "I will be there!",
        "SidReceipt": "MMb21e540a693b43b596a6be0e760a0a7f",
        "DynamicText": "",
        "JobId": 4012,
    }


def test_the_row_of_a_call_has_the_documents_parameters_in_their_order() -> None:
    part = call(
        Outcome.HUMAN,
        from_number="+18887771212",
        attempts=2,
        duration=28,
        ringing=4,
        keys="1",
        started_at=datetime(2017, 2, 27, 17, 32, 0, tzinfo=UTC),
        ended_at=datetime(2017, 2, 27, 17, 32, 28, tzinfo=UTC),
    )
    found = rendering.detail(JOB, part)
    assert found == {
        "ContactName": "Pam",
        "DialNumber": "4198191419",
        "Description": "Completed",
        "CallAttempts": 2,
        "CallerNumber": "8887771212",
        "ScheduledTime": "2/27/2017 12:31:50 PM-EST",
        "CallDuration": 28,
        "EndTime": "2/27/2017 12:32:28 PM-EST",
        "MessageId": 0,
        "KeyHitByUser": "1",
        "StartTime": "2/27/2017 12:32:00 PM-EST",
        "CallRingTime": 4,
        "JobId": 551539,
    }
    names = "ContactName DialNumber Description CallAttempts CallerNumber ScheduledTime CallDuration EndTime MessageId"
    assert list(found) == [*names.split(), "KeyHitByUser", "StartTime", "CallRingTime", "JobId"]


def test_summaries_of_both_channels_calls_first() -> None:
    found = rendering.summaries(JOB, [sms("delivered"), call(Outcome.HUMAN)])
    assert [each["Delivered"] for each in found] == [1, 1]
    assert [each["TotalContacts"] for each in found] == [1, 1]
    both = rendering.job_summary(JOB, [sms("sent")])
    assert both["call"] is None
    assert both["sms"]["Id"] == 551539
    assert rendering.job_summary(None, []) == {"call": None, "sms": None}


def test_multi_job() -> None:
    assert rendering.multi_job(JOB, {"call": True, "sms": False}) == {
        "JobName": "AA-CFI-U7EH9SA3X",
        "smsId": None,
        "callId": "551539",
    }


def test_numbers_of_other_countries_stay_e164() -> None:
    assert rendering.shown_number("+4930123456") == "+4930123456"
    assert rendering.shown_number("+12125550100") == "2125550100"
