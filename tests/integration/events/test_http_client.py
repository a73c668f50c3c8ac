from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from callwright.events.http_client import FetchError, GuardedClient, RefusedAddress
from support.http_servers import receiving, serving

LOOPBACK = "127.0.0.0/8"


@asynccontextmanager
async def _client(*args, **kwargs) -> AsyncIterator[GuardedClient]:
    client = GuardedClient(*args, **kwargs)
    try:
        yield client
    finally:
        await client.close()


def _resolver(*answers: list[str]):
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolve, asked


async def test_a_post_arrives_with_the_urls_host_and_our_headers() -> None:
    resolve, asked = _resolver(["127.0.0.1"])
    async with receiving() as receiver, _client(LOOPBACK, resolver=resolve) as client:
        url = f"http://hooks.example.com:{receiver.port}/a?b=c"
        answer = await client.post(url, content=b"{}", headers={"webhook-id": "dlv_1"})
        assert answer.status == 200
        assert not answer.truncated
    (request,) = receiver.requests
    assert request.path == "/a?b=c"
    assert request.headers["host"] == f"hooks.example.com:{receiver.port}"
    assert request.headers["webhook-id"] == "dlv_1"
    assert request.headers["accept-encoding"] == "identity"
    assert asked == ["hooks.example.com"]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.168.0.1",
        "224.0.0.1",
        "0.0.0.0",
        "::1",
        "::ffff:127.0.0.1",
        "fe80::1%eth0",
        "fd00::1",
        "fec0::1",
        "ff02::1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:0:53aa:64c:0:fffe:80ff:fffe",
    ],
)
async def test_a_name_that_leads_inside_is_refused_without_a_connection(address: str) -> None:
    resolve, _ = _resolver([address])
    async with _client(resolver=resolve) as client:
        with pytest.raises(RefusedAddress, match=r"hooks\.example\.com leads to an address that is not public"):
            await client.post("http://hooks.example.com/", content=b"", headers={})


async def test_a_private_address_among_public_ones_is_refused() -> None:
    resolve, _ = _resolver(["93.184.216.34", "127.0.0.1"])
    async with _client(resolver=resolve) as client:
        with pytest.raises(RefusedAddress):
            await client.post("http://hooks.example.com/", content=b"", headers={})


async def test_the_systems_resolver_does_not_lead_inside_either() -> None:
    async with receiving() as receiver, _client() as client:
        for url in (receiver.url, f"http://localhost:{receiver.port}/", f"http://0x7f.1:{receiver.port}/"):
            with pytest.raises(FetchError):
                await client.post(url, content=b"", headers={})
    assert receiver.requests == []


async def test_a_name_that_changes_its_answer_is_asked_once_a_connection() -> None:
    # rebinding: the first answer is judged, a second one would lead elsewhere
    resolve, asked = _resolver(["127.0.0.2"], ["127.0.0.1"])
    async with receiving() as receiver, _client("127.0.0.2/32", resolver=resolve) as client:
        url = f"http://rebind.example.com:{receiver.port}/"
        # nobody listens at 127.0.0.2; the receiver at 127.0.0.1 must not be reached
        with pytest.raises(FetchError, match="no answer"):
            await client.post(url, content=b"", headers={})
        assert asked == ["rebind.example.com"]
        with pytest.raises(RefusedAddress):
            await client.post(url, content=b"", headers={})
    assert receiver.requests == []


async def test_a_redirect_inside_is_an_answer_and_not_followed() -> None:
    async def redirect(_):
        return 307, {"location": f"http://127.0.0.1:{inner.port}/secret"}

    async with receiving() as inner, receiving(redirect) as outer, _client(LOOPBACK) as client:
        answer = await client.post(outer.url, content=b"{}", headers={})
        assert answer.status == 307
    assert len(outer.requests) == 1
    assert inner.requests == []


async def test_cookies_are_not_kept() -> None:
    async def cookie(_):
        return 200, {"set-cookie": "session=1; Path=/"}

    async with receiving(cookie) as receiver, _client(LOOPBACK) as client:
        for _ in range(2):
            await client.post(receiver.url, content=b"{}", headers={})
    assert all("cookie" not in request.headers for request in receiver.requests)


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with _client(LOOPBACK) as client:
            await client.post(receiver.url, content=b"{}", headers={})
    assert proxy.requests == []
    assert len(receiver.requests) == 1


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one byte at a time, for ever: no single read is slow."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def test_a_server_that_drips_its_headers_is_given_up() -> None:
    async with serving(_drip) as port, _client(LOOPBACK, seconds=0.5) as client:
        with pytest.raises(FetchError, match=r"no answer within 0\.5 seconds"):
            await client.post(f"http://127.0.0.1:{port}/", content=b"", headers={})


async def test_a_server_that_says_nothing_is_given_up() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(-1)

    async with serving(silent) as port, _client(LOOPBACK, seconds=0.3) as client:
        with pytest.raises(FetchError, match=r"no answer|too long"):
            await client.post(f"http://127.0.0.1:{port}/", content=b"", headers={})


async def test_an_endless_body_is_cut_and_its_status_counts() -> None:
    sent = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            await writer.drain()
            sent += 4096

    async with serving(endless) as port, _client(LOOPBACK) as client:
        answer = await client.post(f"http://127.0.0.1:{port}/", content=b"", headers={})
    assert (answer.status, answer.truncated, len(answer.body)) == (200, True, 64 * 1024)
    # what the kernel's buffers took, not what it would have sent
    assert sent < 32 * 1024 * 1024


async def test_a_body_that_drips_is_cut_at_the_end_of_the_time() -> None:
    async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 201 OK\r\ncontent-length: 100000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with serving(dripping) as port, _client(LOOPBACK, seconds=0.5) as client:
        answer = await client.post(f"http://127.0.0.1:{port}/", content=b"", headers={})
    assert (answer.status, answer.truncated) == (201, True)


@pytest.mark.parametrize(
    "reply", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n: x\r\n\r\n"]
)
async def test_what_is_not_http_is_an_error_in_words(reply: bytes) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()

    async with serving(speak) as port, _client(LOOPBACK) as client:
        with pytest.raises(FetchError, match="no answer"):
            await client.post(f"http://127.0.0.1:{port}/", content=b"", headers={})


async def test_an_unknown_name_is_an_error_in_words() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    async with _client(resolver=resolve) as client:
        with pytest.raises(FetchError, match=r"nowhere\.example was not found"):
            await client.post("https://nowhere.example/", content=b"", headers={})


def _certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a server's context with a certificate for ``name`` and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    file = folder / f"{name}.pem"
    file.write_bytes(
        pem
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())


async def test_the_certificate_must_be_for_the_urls_name(tmp_path: Path) -> None:
    server, trusting = _certificate(tmp_path, "hooks.example.com")
    resolve, _ = _resolver(["127.0.0.1"])
    async with receiving(tls=server) as receiver, _client(LOOPBACK, resolver=resolve, verify=trusting) as client:
        right = f"https://hooks.example.com:{receiver.port}/"
        assert (await client.post(right, content=b"{}", headers={})).status == 200
        for wrong in ("other.example.com", "127.0.0.1"):
            with pytest.raises(FetchError, match="certificate"):
                await client.post(f"https://{wrong}:{receiver.port}/", content=b"{}", headers={})
        # the open connection of the right name still serves the right name only
        assert (await client.post(right, content=b"{}", headers={})).status == 200
    assert {request.headers["host"] for request in receiver.requests} == {f"hooks.example.com:{receiver.port}"}


async def test_an_unknown_authority_is_refused(tmp_path: Path) -> None:
    server, _ = _certificate(tmp_path, "hooks.example.com")
    resolve, _ = _resolver(["127.0.0.1"])
    async with receiving(tls=server) as receiver, _client(LOOPBACK, resolver=resolve) as client:
        with pytest.raises(FetchError, match="certificate"):
            await client.post(f"https://hooks.example.com:{receiver.port}/", content=b"{}", headers={})
    assert receiver.requests == []
