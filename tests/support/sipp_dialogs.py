"""sipp scenarios of callees that change a call while it is up: re-INVITE, session refresh, PRACK."""

from __future__ import annotations

from dataclasses import dataclass, field

_REMEMBER = (
    '<action><ereg regexp=".*" search_in="hdr" header="From:" assign_to="from"/>'
    '<ereg regexp=".*" search_in="hdr" header="Via:" assign_to="via"/>'
    '<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>'
    '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="to"/>'
    '<ereg regexp="sip:[^&gt;]*" search_in="hdr" header="Contact:" assign_to="contact"/></action>'
)
_TAG = "[pid]-[call_number]"
_NO_BODY = "Content-Length: 0\n\n"
_BODY = "Content-Type: application/sdp\nContent-Length: [len]\n\n"
_REASONS = {180: "Ringing", 183: "Session Progress", 200: "OK", 420: "Bad Extension", 422: "Session Interval Too Small"}
#: A fax machine's offer in the place of the audio (ITU-T T.38, RFC 3362).
T38 = (
    "m=image [rtp_port] udptl t38\na=T38FaxVersion:0\na=T38MaxBitRate:14400\na=T38FaxRateManagement:transferredTCF\n"
    "a=T38FaxUdpEC:t38UDPRedundancy\n"
)
_CODECS = {0: "PCMU", 8: "PCMA"}


def audio(*, port: str = "[rtp_port]", codec: int = 0, direction: str = "sendrecv") -> str:
    """Return a media section; ``codec``: payload type."""
    return (
        f"m=audio {port} RTP/AVP {codec} 101\na=rtpmap:{codec} {_CODECS[codec]}/8000\n"
        f"a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16\na=ptime:20\na={direction}\n"
    )


@dataclass
class Dialog:
    """A callee's part, step by step; sipp sends and expects exactly this."""

    _steps: list[str] = field(default_factory=list)
    _cseq: int = 100
    _version: int = 1

    def invite(self) -> Dialog:
        """Expect an INVITE."""
        return self._add(f'<recv request="INVITE">{_REMEMBER}</recv>')

    def refuse(self, status: int, *headers: str) -> Dialog:
        """Refuse the INVITE."""
        self._add(self._reply(status, headers, ""))
        return self._add('<recv request="ACK"/>')

    def ring(self, status: int = 180, *headers: str, media: str = "") -> Dialog:
        """Say that it rings."""
        return self._add(self._reply(status, headers, media))

    def reliable(self, number: int, status: int = 183, *, media: str = "") -> Dialog:
        """Ring by a response that must be acknowledged (RFC 3262), and take its PRACK."""
        self.ring(status, "Require: 100rel", f"RSeq: {number}", media=media)
        self._add('<recv request="PRACK"/>')
        return self._add(self._reply(200, (), ""))

    def answer(self, *headers: str, media: str = "") -> Dialog:
        """Pick up."""
        extra = "".join(f"{header}\n" for header in headers)
        # the INVITE's own headers: a PRACK may have come since
        self._add(
            _send(
                f"SIP/2.0 200 OK\nVia:[$via]\nFrom:[$from]\nTo:[$to];tag={_TAG}\nCall-ID: [call_id]\n"
                f"CSeq: [$cseq] INVITE\nContact: <sip:[local_ip]:[local_port]>\n{extra}{self._body(media or audio())}"
            )
        )
        return self._add('<recv request="ACK"/>')

    def pause(self, seconds: float) -> Dialog:
        """Do nothing."""
        return self._add(f'<pause milliseconds="{round(seconds * 1000)}"/>')

    def reinvite(self, media: str, *headers: str, status: int = 200) -> Dialog:
        """Offer other media, expect this status, and acknowledge."""
        self._cseq += 1
        self._version += 1
        self._add(self._request("INVITE", self._cseq, headers, media))
        self._add('<recv response="100" optional="true"/>')
        self._add(f'<recv response="{status}"/>')
        # the ACK of a refusal belongs to the INVITE's transaction
        return self._add(self._request("ACK", self._cseq, (), "", same_branch=status >= 300))

    def refreshed(self, *headers: str) -> Dialog:
        """Expect the other side's session refresh, a re-INVITE or an UPDATE, and agree."""
        self._add('<recv request="UPDATE"/>')
        return self._add(self._reply(200, headers, ""))

    def hung_up_on(self) -> str:
        """Expect the BYE; returns the scenario."""
        self._add('<recv request="BYE"/>')
        self._add(self._reply(200, (), ""))
        return self.text()

    def text(self) -> str:
        """Return the scenario."""
        steps = "\n".join(self._steps)
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="dialog">\n'
        # sipp refuses variables that are set and never read, unless they are named
        return f'{head}{steps}\n<Reference variables="from,to,contact,via,cseq"/>\n</scenario>\n'

    def _add(self, step: str) -> Dialog:
        self._steps.append(step)
        return self

    def _reply(self, status: int, headers: tuple[str, ...], media: str) -> str:
        extra = "".join(f"{header}\n" for header in headers)
        return _send(
            f"SIP/2.0 {status} {_REASONS[status]}\n[last_Via:]\n[last_From:]\n[last_To:];tag={_TAG}\n[last_Call-ID:]\n"
            f"[last_CSeq:]\nContact: <sip:[local_ip]:[local_port]>\n{extra}{self._body(media)}"
        )

    def _request(
        self, method: str, cseq: int, headers: tuple[str, ...], media: str, *, same_branch: bool = False
    ) -> str:
        extra = "".join(f"{header}\n" for header in headers)
        via = "[last_Via:]" if same_branch else "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]"
        return _send(
            f"{method} [$contact] SIP/2.0\n{via}\nFrom: [$to];tag={_TAG}\nTo: [$from]\nCall-ID: [call_id]\n"
            f"CSeq: {cseq} {method}\nContact: <sip:[local_ip]:[local_port]>\nMax-Forwards: 70\n"
            f"{extra}{self._body(media)}"
        )

    def _body(self, media: str) -> str:
        if not media:
            return _NO_BODY
        head = f"v=0\no=callee 1 {self._version} IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n"
        return _BODY + head + media


def _send(text: str) -> str:
    return f"<send><![CDATA[\n\n{text}\n]]></send>"
