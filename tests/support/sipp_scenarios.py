"""sipp scenarios of telephones, written from the same ``Callee`` values that the simulator takes."""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from callwright.telephony.simulator import Callee

_SENDER = Path(__file__).with_name("rtp_digits.py")
_REASONS = {
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    410: "Gone",
    480: "Temporarily Unavailable",
    484: "Address Incomplete",
    486: "Busy Here",
    487: "Request Terminated",
    500: "Server Internal Error",
    503: "Service Unavailable",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does Not Exist Anywhere",
}
_SDP = (
    "Content-Type: application/sdp\nContent-Length: [len]\n\n"
    "v=0\no=callee 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n"
    "m=audio [rtp_port] RTP/AVP 0 101\na=rtpmap:0 PCMU/8000\na=rtpmap:101 telephone-event/8000\n"
    "a=fmtp:101 0-16\na=ptime:20\n"
)
_REMEMBER = (
    '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>'
    '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/>'
    '<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>'
    '<ereg regexp="sip:[^&gt;]*" search_in="hdr" header="Contact:" assign_to="contact"/>'
    '<ereg regexp="m=audio ([0-9]+)" search_in="body" assign_to="media,remote_port"/>'
)
_REMEMBERED = "from,to,cseq,contact,media,remote_port"


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """The trunk asks for digest authentication, 401 or 407, before it lets a call through."""

    username: str
    password: str
    status: int = 407
    realm: str = "trunk.example"


def scenario(callee: Callee, *, info: bool = False, challenge: Challenge | None = None) -> str:
    """Return the scenario's XML; presses count from the answer, ``info`` sends them as SIP INFO."""
    steps = _invite(challenge)
    if callee.rings_after is not None:
        steps += [_await_cancel(callee.rings_after, "alerting"), '<label id="alerting"/>']
        steps.append(_reply(183, sdp=True) if callee.early_media else _reply(180))
    if callee.status is None:
        steps.append('<recv request="CANCEL" next="cancelled"/>')
    else:
        steps += [_await_cancel(callee.rings_for, "final"), '<label id="final"/>']
        steps += _conversation(callee, info=info) if callee.status == 200 else _refusal(callee.status)
    steps += ['<label id="cancelled"/>', _reply(200), _reply(487, cseq="[$cseq] INVITE"), '<recv request="ACK"/>']
    steps += ['<label id="end"/>', '<nop hide="true"/>']
    used = _REMEMBERED + (",granted" if challenge is not None else "")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="callee">\n'
    # sipp refuses variables that are set and never read, unless they are named
    return head + "\n".join([*steps, f'<Reference variables="{used}"/>']) + "\n</scenario>\n"


#: In sipp's folder: what a callee who says something has heard (``rtp_speech.read_heard``), and a link that names the
#: port to which he speaks, from the answer on.
HEARD_FILE = "heard.rtp"
TURN_FILE = "answered"


def speech_file(index: int) -> str:
    """Return the name of the µ-law file, in sipp's folder, of something that a callee says."""
    return f"says-{index}.ulaw"


def digest_ok(invite: str, challenge: Challenge) -> bool:
    """Whether an INVITE's text carries the right answer to the challenge (RFC 7616, MD5, with or without qop)."""
    name = "Proxy-Authorization" if challenge.status == 407 else "Authorization"
    found = re.search(rf"^{name}: Digest (.*)$", invite, re.MULTILINE)
    if found is None:
        return False
    given = {k.strip(): v.strip().strip('"') for k, _, v in (p.partition("=") for p in found[1].split(","))}

    def md5(*parts: str) -> str:
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    secret = md5(challenge.username, challenge.realm, challenge.password)
    request = md5("INVITE", given["uri"])
    middle = [given["nc"], given["cnonce"], given["qop"]] if "qop" in given else []
    return given["response"] == md5(secret, given["nonce"], *middle, request)


def _invite(challenge: Challenge | None) -> list[str]:
    if challenge is None:
        return [f'<recv request="INVITE"><action>{_REMEMBER}</action></recv>']
    name = "Proxy-Authenticate" if challenge.status == 407 else "WWW-Authenticate"
    header = f'{name}: Digest realm="{challenge.realm}", nonce="47[call_number]11", algorithm=MD5\n'
    if challenge.status == 407:
        # sipp looks for the answer in Authorization only: the test checks what it finds in the log (``digest_ok``)
        verify = '<ereg regexp="Digest " search_in="hdr" header="Proxy-Authorization:" assign_to="granted"/>'
    else:
        verify = (
            f'<verifyauth assign_to="granted" username={quoteattr(challenge.username)} '
            f"password={quoteattr(challenge.password)}/>"
        )
    return [
        '<recv request="INVITE"/>',
        _reply(challenge.status, header=header),
        '<recv request="ACK"/>',
        f'<recv request="INVITE"><action>{_REMEMBER}{verify}</action></recv>',
        '<nop hide="true" test="granted" next="granted"/>',
        *_refusal(403),
        '<label id="granted"/>',
    ]


def _refusal(status: int) -> list[str]:
    return [_reply(status, reliable=True), '<recv request="ACK" next="end"/>']


def _conversation(callee: Callee, *, info: bool) -> list[str]:
    """Answer, press, and hang up or wait for the caller's BYE."""
    steps = [_reply(200, sdp=True, reliable=True), '<recv request="ACK"/>']
    if callee.says:
        # a link is there whole, and its command needs no character that XML or sipp would change
        command = f"ln -s [$remote_port] {TURN_FILE}"
        steps.append(f"<nop><action><exec command={quoteattr(command)}/></action></nop>")
    now = 0.0
    cseq = 100
    for press in sorted(callee.presses, key=lambda p: p.after):
        steps.append(_pause(press.after - now))
        now = max(now, press.after)
        if info:
            for digit in press.digits:
                cseq += 1
                body = f"Content-Type: application/dtmf-relay\nContent-Length: [len]\n\nSignal={digit}\nDuration=160\n"
                steps += [_request("INFO", cseq, body), '<recv response="200"/>', _pause(press.gap)]
                now += press.gap
        else:
            command = (
                f"{sys.executable} {_SENDER} --from-port [rtp_port] --to-port [$remote_port] "
                f"--digits '{press.digits}' --gap {press.gap} &"
            )
            steps.append(f"<nop><action><exec command={quoteattr(command)}/></action></nop>")
    if callee.hangs_up_after is None:
        return [*steps, '<recv request="BYE"/>', _reply(200), '<nop hide="true" next="end"/>']
    steps.append(_pause(callee.hangs_up_after - now))
    return [*steps, _request("BYE", cseq + 1, "Content-Length: 0\n\n"), '<recv response="200" next="end"/>']


def _await_cancel(seconds: float, otherwise: str) -> str:
    milliseconds = max(round(seconds * 1000), 1)
    return f'<recv request="CANCEL" timeout="{milliseconds}" ontimeout="{otherwise}" next="cancelled"/>'


def _pause(seconds: float) -> str:
    return f'<pause milliseconds="{max(round(seconds * 1000), 1)}"/>'


def _reply(status: int, *, sdp: bool = False, header: str = "", cseq: str | None = None, reliable: bool = False) -> str:
    text = (
        f"SIP/2.0 {status} {_REASONS[status]}\n[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]-[call_number]\n"
        "[last_Call-ID:]\n"
        + (f"CSeq: {cseq}\n" if cseq is not None else "[last_CSeq:]\n")
        + f"{header}Contact: <sip:[local_ip]:[local_port]>\n"
        + (_SDP if sdp else "Content-Length: 0\n\n")
    )
    return _send(text, reliable=reliable)


def _request(method: str, cseq: int, rest: str) -> str:
    return _send(
        f"{method} [$contact] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        "From: [$to];tag=[pid]-[call_number]\nTo: [$from]\nCall-ID: [call_id]\n"
        f"CSeq: {cseq} {method}\nContact: <sip:[local_ip]:[local_port]>\nMax-Forwards: 70\n{rest}",
        reliable=True,
    )


def _send(text: str, *, reliable: bool) -> str:
    tag = '<send retrans="500">' if reliable else "<send>"
    return f"{tag}<![CDATA[\n\n{text}\n]]></send>"
