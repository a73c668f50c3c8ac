import pytest

from callwright.api.dialects.robotalker.options import CallOption, read_call_option, read_priority, read_what_to_do


@pytest.mark.parametrize(
    ("text", "call", "sms", "audio"),
    [
        ("SendMessage", True, False, True),
        ("sendttsmessage", True, False, False),
        ("SENDSMS", False, True, False),
        ("MessageAndSms", True, True, True),
        ("TtsAndSms", True, True, False),
    ],
)
def test_what_to_do(text: str, call: bool, sms: bool, audio: bool) -> None:
    found = read_what_to_do(text)
    assert (found.call, found.sms, found.audio) == (call, sms, audio)


def test_options_have_no_case() -> None:
    assert read_call_option("") is CallOption.LIVE_AND_VOICEMAIL
    assert read_call_option("LiveOnly") is CallOption.LIVE_ONLY
    assert read_call_option(" ringlessvm ") is CallOption.RINGLESS
    assert read_call_option("TransOnAnswer") is CallOption.TRANSFER
    assert [read_priority(text) for text in ("", "0", "9")] == [5, 0, 9]


def test_others_are_named() -> None:
    with pytest.raises(ValueError, match="whattodo must be one of SendMessage"):
        read_what_to_do("Send")
    with pytest.raises(ValueError, match="calloptions must be"):
        read_call_option("Live")
    for text in ("10", "-1", "x", "²"):
        with pytest.raises(ValueError, match="priority must be 0 to 9"):
            read_priority(text)
