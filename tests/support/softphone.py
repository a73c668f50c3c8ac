"""A softphone that registers, dials and is refused: a plain UDP socket that knows digest authentication (RFC 7616)."""

from __future__ import annotations

import hashlib
import random
import re
import socket

_SDP = (
    "v=0\r\no=phone 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
)


class Softphone:
    """One account at a server on loopback, on a port of its choice; the server sends calls to where it registers."""

    def __init__(self, server: int, user: str, password: str, *, port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", port))
        self._socket.settimeout(5.0)
        self._server = server
        self._user = user
        self._password = password
        self._port: int = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()

    def register(self, *, seconds: int = 300) -> int:
        """Register, or leave with 0 seconds; returns the final status."""
        return self._ask("REGISTER", f"sip:127.0.0.1:{self._server}", f"Expires: {seconds}\r\n", "")

    def invite(self, number: str) -> int:
        """Call; returns the final status. An answered call is left to its fate."""
        uri = f"sip:{number}@127.0.0.1:{self._server}"
        return self._ask("INVITE", uri, "Content-Type: application/sdp\r\n", _SDP.format(port=self._port))

    def _ask(self, method: str, uri: str, extra: str, body: str) -> int:
        call_id = f"{random.randrange(10**12)}@phone"
        status, answer = self._send(method, uri, extra, body, call_id, 1)
        if status != 401:
            return status
        asked = re.search(r"WWW-Authenticate: Digest (.*)", answer)
        assert asked is not None
        challenge = dict(re.findall(r'(\w+)="?([^",\r\n]+)"?', asked[1]))
        secret = _md5(self._user, challenge["realm"], self._password)
        response = _md5(secret, challenge["nonce"], "00000001", "abc", "auth", _md5(method, uri))
        credentials = (
            f'Authorization: Digest username="{self._user}",realm="{challenge["realm"]}",nonce="{challenge["nonce"]}",'
            f'uri="{uri}",response="{response}",algorithm=MD5,qop=auth,nc=00000001,cnonce="abc"'
            + (f',opaque="{challenge["opaque"]}"' if "opaque" in challenge else "")
            + "\r\n"
        )
        return self._send(method, uri, extra + credentials, body, call_id, 2)[0]

    def _send(self, method: str, uri: str, extra: str, body: str, call_id: str, cseq: int) -> tuple[int, str]:
        own = f"127.0.0.1:{self._port}"
        branch = f"z9hG4bK{random.randrange(10**12)}"
        to = f"sip:{self._user}@127.0.0.1" if method == "REGISTER" else uri
        head = (
            f"Via: SIP/2.0/UDP {own};branch={branch};rport\r\nFrom: <sip:{self._user}@127.0.0.1>;tag={branch}\r\n"
            f"{{to}}Call-ID: {call_id}\r\nMax-Forwards: 70\r\n"
        )
        text = (
            f"{method} {uri} SIP/2.0\r\n" + head.format(to=f"To: <{to}>\r\n") + f"CSeq: {cseq} {method}\r\n"
            f"Contact: <sip:{self._user}@127.0.0.1:{self._port}>\r\n{extra}Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._socket.sendto(text.encode(), ("127.0.0.1", self._server))
        while True:
            answer = self._socket.recv(65535).decode()
            found = re.match(r"SIP/2\.0 (\d{3})", answer)
            if found is None or int(found[1]) < 200 or f"CSeq: {cseq} {method}" not in answer:
                continue
            if method == "INVITE":
                line = re.search(r"^To: .*\r\n", answer, re.MULTILINE)
                assert line is not None
                ack = (
                    f"ACK {uri} SIP/2.0\r\n"
                    + head.format(to=line[0])
                    + f"CSeq: {cseq} ACK\r\nContent-Length: 0\r\n\r\n"
                )
                self._socket.sendto(ack.encode(), ("127.0.0.1", self._server))
            return int(found[1]), answer


def _md5(*parts: str) -> str:
    return hashlib.md5(":".join(parts).encode()).hexdigest()
