"""The one client for URLs that customers give us: it reaches public addresses only, in bounded time and size.

Names are resolved once, every address they lead to is judged, and the connection goes to exactly a judged address, so
a name that changes its answer between the check and the call (DNS rebinding) gains nothing. Host header and TLS name
stay the URL's. ``httpx-secure`` judges the address a second time, below us.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpcore
import httpx
from httpx_secure import SSRFProtectionError, httpx_ssrf_protection

from callwright.events.addresses import Address, Network, is_allowed, parse_address, parse_networks
from callwright.events.urls import check_url, url_of

#: Turns a host and a port into addresses, in the order in which they are tried.
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

#: For the whole exchange, from the name's resolution to the answer's end.
DEFAULT_SECONDS = 15.0
_CONNECT_SECONDS = 5.0
#: The answer is read up to here and the rest left unread.
DEFAULT_MAX_BYTES = 64 * 1024
#: For a file, from one address, and how many times it may lead to another.
DOWNLOAD_SECONDS = 120.0
MOST_REDIRECTS = 3
_OK = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: More addresses than any honest host has; keeps one exchange bounded.
_MAX_ADDRESSES = 4
#: Shorter than the idle time after which common servers close (5 s): a connection closed just as we write on it
#: would cost the customer a retry.
_KEEPALIVE_SECONDS = 2.0


class FetchError(Exception):
    """No answer was received; the message says why, in words for the customer."""


class NotReached(FetchError):
    """Not an octet of the request was written."""


class RefusedAddress(NotReached):
    """The URL leads to an address that is not public."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server answered."""

    status: int
    #: Names in lower case; of a repeated header the values are joined by commas.
    headers: Mapping[str, str]
    body: bytes
    #: The body was longer, or slower, than we read.
    truncated: bool


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver. Raises ``OSError``."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@functools.cache
def _authorities() -> ssl.SSLContext:
    """Return whom we believe, read once: the file of all authorities takes some 20 ms."""
    return httpx.create_ssl_context(trust_env=False)


class GuardedClient:
    """Posts to customers' URLs, and gets files from them. One a process; ``close`` it at the end."""

    def __init__(
        self,
        allow_networks: str | Sequence[Network] = (),
        *,
        resolver: Resolver = resolve,
        verify: ssl.SSLContext | None = None,
        seconds: float = DEFAULT_SECONDS,
        max_bytes: int = DEFAULT_MAX_BYTES,
        max_connections: int = 100,
    ) -> None:
        self.allowed = parse_networks(allow_networks) if isinstance(allow_networks, str) else tuple(allow_networks)
        self._seconds = seconds
        self._max_bytes = max_bytes
        transport = httpx.AsyncHTTPTransport(
            verify=verify or _authorities(),
            trust_env=False,
            limits=httpx.Limits(
                max_connections=max_connections,
                max_keepalive_connections=max_connections,
                keepalive_expiry=_KEEPALIVE_SECONDS,
            ),
        )
        client = httpx.AsyncClient(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(seconds, connect=_CONNECT_SECONDS),
            # a cookie that one customer's server sets must not be sent for another
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            # encodings could unfold a small answer into gigabytes
            headers={"accept-encoding": "identity", "user-agent": "Callwright"},
        )
        self._client = httpx_ssrf_protection(
            client,
            check_globally_reachable=not self.allowed,
            custom_validator=lambda _host, address, _port: is_allowed(address, self.allowed),
        )
        pool = transport._pool
        pool._network_backend = _JudgingBackend(pool._network_backend, resolver, self.allowed)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    def check_url(self, url: str) -> None:
        """Raise ``ValueError`` when the URL can be refused without a look-up; see ``events.urls.check_url``."""
        check_url(url, self.allowed)

    async def post(self, url: str, *, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Post ``content`` and return the answer, whatever its status; redirects are answers like any other.

        Raises ``FetchError`` when there was none: refused URL or address, no connection, wrong certificate, no answer
        in time, or something that is not HTTP.
        """
        return await self.request("POST", url, content=content, headers=headers)

    async def request(self, method: str, url: str, *, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Do what ``post`` does, by another method; ``NotReached`` tells when the server cannot have the request."""
        with self._failures_named(url, self._seconds):
            return await self._exchange(method, url, content, headers)

    async def download(
        self, url: str, to: Path, *, max_bytes: int, seconds: float = DOWNLOAD_SECONDS, redirects: int = MOST_REDIRECTS
    ) -> None:
        """Write what a URL leads to into a file; each redirect is judged as the URL itself.

        Raises ``FetchError`` as ``post`` does, for any status but 200, and for more than ``max_bytes``.
        """
        with self._failures_named(url, seconds):
            async with asyncio.timeout(seconds):
                location = await self._download(url, to, max_bytes, seconds)
        if location is not None:
            if redirects == 0:
                raise FetchError("the URL leads from one address to the next, too often")
            await self.download(location, to, max_bytes=max_bytes, seconds=seconds, redirects=redirects - 1)

    async def _download(self, url: str, to: Path, max_bytes: int, seconds: float) -> str | None:
        """Write the file, or return where the server says that it is."""
        timeout = httpx.Timeout(seconds, connect=_CONNECT_SECONDS)
        async with self._client.stream("GET", url_of(url), timeout=timeout) as response:
            if response.status_code in _REDIRECTS and "location" in response.headers:
                return str(httpx.URL(url).join(response.headers["location"]))
            if response.status_code != _OK:
                raise FetchError(f"the server answered {response.status_code}")
            size = 0
            with to.open("wb") as file:
                async for chunk in response.aiter_raw():
                    size += len(chunk)
                    if size > max_bytes:
                        raise FetchError(f"the file is larger than {max_bytes // (1024 * 1024)} MB")
                    await asyncio.to_thread(file.write, chunk)
        return None

    @contextmanager
    def _failures_named(self, url: str, seconds: float) -> Iterator[None]:
        """Refuse a wrong URL, and let whatever goes wrong be a ``FetchError`` in words."""
        try:
            self.check_url(url)
        except ValueError as error:
            raise NotReached(str(error)) from None
        try:
            yield
        except TimeoutError:
            raise FetchError(f"no answer within {seconds:g} seconds") from None
        except (httpx.ConnectTimeout, httpx.PoolTimeout):
            raise NotReached("the server took too long to accept the connection") from None
        except httpx.TimeoutException:
            raise FetchError("the server took too long to accept the connection or to answer") from None
        except SSRFProtectionError:
            raise RefusedAddress("the URL leads to an address that is not public") from None
        except (httpx.ConnectError, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise NotReached(f"no answer: {error or type(error).__name__}") from None
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            raise FetchError(f"no answer: {error or type(error).__name__}") from None

    async def _exchange(self, method: str, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        request = self._client.build_request(method, url_of(url), content=content, headers=headers)
        deadline = asyncio.get_running_loop().time() + self._seconds
        async with asyncio.timeout_at(deadline):
            response = await self._client.send(request, stream=True)
        try:
            body, truncated = await self._read(response, deadline)
        finally:
            await response.aclose()
        return Answer(status=response.status_code, headers=dict(response.headers), body=body, truncated=truncated)

    async def _read(self, response: httpx.Response, deadline: float) -> tuple[bytes, bool]:
        """Read the body as far as allowed: the status already came, so a body that never ends is no failure."""
        body = bytearray()
        try:
            async with asyncio.timeout_at(deadline):
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > self._max_bytes:
                        return bytes(body[: self._max_bytes]), True
        except (TimeoutError, httpx.HTTPError):
            return bytes(body), True
        return bytes(body), False


class _JudgingBackend(httpcore.AsyncNetworkBackend):
    """Resolves, judges, and connects to a judged address; hands on literal addresses only."""

    def __init__(self, inner: httpcore.AsyncNetworkBackend, resolver: Resolver, allowed: Sequence[Network]) -> None:
        self._inner = inner
        self._resolver = resolver
        self._allowed = allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in (await self._admit(host, port))[:_MAX_ADDRESSES]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)

    async def _admit(self, host: str, port: int) -> list[str]:
        try:
            literal = parse_address(host)
            found = [str(literal)] if literal is not None else list(await self._resolver(host, port))
        except OSError as error:
            raise httpcore.ConnectError(f"{host} was not found") from error
        addresses: list[Address | None] = [parse_address(text) for text in found]
        # one private address among public ones is refused too: it is how rebinding begins
        if not all(address is not None and is_allowed(address, self._allowed) for address in addresses):
            raise RefusedAddress(f"{host} leads to an address that is not public")
        return [str(address) for address in addresses]
