"""What is read of sipp's log of short messages."""

from __future__ import annotations

from benchmarks.callee import Calls


def line(at: float, way: str, call: str, cseq: str, first: str) -> str:
    return f"2026-11-21\t09:01:14.997247\t{at:.6f}\t{way}\t{call}\tCSeq:{cseq}\t{first}\n"


LOG = (
    line(100.5, "R", "a", "1 INVITE", "INVITE sip:+12125552000@127.0.0.1:10000 SIP/2.0")
    + line(100.6, "S", "a", "1 INVITE", "SIP/2.0 200 OK")
    + line(100.7, "R", "a", "1 ACK", "ACK sip:127.0.0.1:10000 SIP/2.0")
    + line(101.0, "R", "b", "1 INVITE", "INVITE sip:+12125552001@127.0.0.1:10000 SIP/2.0")
    + line(101.5, "R", "b", "1 INVITE", "INVITE sip:+12125552001@127.0.0.1:10000 SIP/2.0")
    + line(105.7, "R", "a", "2 BYE", "BYE sip:127.0.0.1:10000 SIP/2.0")
    + line(106.0, "R", "stranger", "2 BYE", "BYE sip:127.0.0.1:10000 SIP/2.0")
    + "2026-11-21\t09:01:1"  # the line that sipp is writing now
)


def test_the_first_invite_counts_and_others_are_counted() -> None:
    calls = Calls(LOG)
    assert calls.invited == {"+12125552000": 100.5, "+12125552001": 101.0}
    assert calls.repeated == 1


def test_a_call_ends_with_its_bye() -> None:
    assert Calls(LOG).ended == {"+12125552000": 105.7}
