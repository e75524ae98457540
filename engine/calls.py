"""Call other systems for service steps: named connectors, allowed hosts, checked addresses, limits, no redirects.

Whatever a model or a case holds only fills the path and the body. The host, the secrets and the limits come from the
operator's connectors file. Nothing here touches the database: a job's worker calls outside any transaction.
"""

import ipaddress
import json
import re
import socket
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpcore

from engine.errors import AlurError, Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][\w.]*)\}")
_BODYLESS = {"GET", "HEAD", "DELETE"}
_METHODS = _BODYLESS | {"POST", "PUT", "PATCH"}
# A name is resolved and checked anew when its connections have rested this long.
_IDLE_SECONDS = 5.0


class CallFailed(AlurError):
    """The other system could not be asked, or did not answer usably. Trying again later may help."""


@dataclass(frozen=True, slots=True)
class Connector:
    """One other system. ``hosts`` are the only ones called; ``private`` allows addresses inside the own network.

    ``timeout`` is for the whole call, in seconds; ``max_bytes`` is the largest answer that is read.
    """

    name: str
    base_url: str
    hosts: frozenset[str]
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)
    timeout: float = 10.0
    max_bytes: int = 1_000_000
    private: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What a service step asks: ``path`` with ``{name}`` for values of ``inputs``; the rest is the body.

    Only POST, PUT and PATCH have one. ``key`` is the same for every try of the same job, so that the other system can
    tell a repetition.
    """

    method: str
    path: str
    inputs: Mapping[str, Any]
    key: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``body`` is the decoded JSON, else text, else None for an empty answer."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Done:
    """The call did its work: ``variables`` go to the step."""

    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """The other system said no in a way that the process knows: the BPMN error ``code`` is thrown in the step."""

    code: str
    message: str
    variables: Mapping[str, Any]


class Lines:
    """Connections to one other system that stay open between calls, each lent to one call at a time.

    A pool of httpcore's that threads share closes, now and then, a connection that another thread was just given.
    """

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._free: deque[httpcore.ConnectionPool] = deque()

    @contextmanager
    def lent(self) -> Iterator[httpcore.ConnectionPool]:
        """Lend the connection that was used last, or a new one."""
        try:
            line = self._free.pop()
        except IndexError:
            line = connection(self._connector)
        try:
            yield line
        finally:
            self._free.append(line)

    def close(self) -> None:
        """Close the connections that are not lent."""
        while self._free:
            self._free.pop().close()


def connection(connector: Connector) -> httpcore.ConnectionPool:
    """Return a connection to the other system, to an address that was checked. It is opened by the first call."""
    return httpcore.ConnectionPool(
        network_backend=_CheckedNetwork(connector), max_connections=1, keepalive_expiry=_IDLE_SECONDS
    )


def call(connector: Connector, request: Request, *, over: httpcore.ConnectionPool | None = None) -> Answer:
    """Ask the other system once, over a connection that was lent or one of its own.

    Raises CallFailed when there is no usable answer, Invalid for a wrong request.
    """
    if over is None:
        with connection(connector) as own:
            return call(connector, request, over=own)
    url, content = _target(connector, request)
    headers: list[tuple[bytes | str, bytes | str]] = [
        *connector.headers.items(),
        ("Accept", "application/json"),
        ("Idempotency-Key", request.key),
        ("User-Agent", "alur"),
    ]
    if content is not None:
        headers.append(("Content-Type", "application/json"))
    wait = dict.fromkeys(("connect", "read", "write", "pool"), connector.timeout)
    deadline = time.monotonic() + connector.timeout
    try:
        with over.stream(
            request.method, url, headers=headers, content=content, extensions={"timeout": wait}
        ) as response:
            return Answer(response.status, _decode(_read(response, connector, deadline)))
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        # An unknown host, a refused connection, a broken or late answer: the text of the cause is all there is.
        reason = str(error) or type(error).__name__
        raise CallFailed(f"Expected an answer from connector {connector.name}, found: {reason}") from error


def outcome(answer: Answer, errors: Mapping[int, str]) -> Done | Refused:
    """Turn an answer into what the step does next. ``errors`` maps an HTTP status to a BPMN error code.

    Raises CallFailed for any other status than success: redirects are never followed, a 5xx may pass.
    """
    body = answer.body if isinstance(answer.body, dict) else {"response": answer.body}
    if answer.status in errors:
        said = body.get("detail") or body.get("message") or f"the other system answered {answer.status}"
        return Refused(errors[answer.status], str(said), body)
    if 200 <= answer.status < 300:
        return Done(body)
    known = ", ".join(str(status) for status in errors) or "none"
    raise CallFailed(f"Expected a 2xx answer or one of the declared errors ({known}), found {answer.status}")


def is_public(address: Address) -> bool:
    """Tell whether an address is of the public internet, looking through every form that embeds another address."""
    embedded = _embedded(address)
    if embedded is not None:
        return is_public(embedded)
    return address.is_global and not (address.is_multicast or address.is_reserved or _is_site_local(address))


def _target(connector: Connector, request: Request) -> tuple[str, bytes | None]:
    """Return URL and body. Inputs named in the path (or in a query that it has) are taken out of the body."""
    if request.method not in _METHODS:
        raise Invalid(f"Expected a method of {', '.join(sorted(_METHODS))}, found {request.method}")
    used: set[str] = set()

    def value(match: re.Match[str]) -> str:
        used.add(match[1].split(".")[0])
        found = _at(request.inputs, match[1])
        if not isinstance(found, str | int | float) or isinstance(found, bool) or found in ("", ".", ".."):
            raise Invalid(f"Expected input {match[1]} of {request.path} to be a text or number, found {found!r}")
        return quote(str(found), safe="")

    url = connector.base_url + _PLACEHOLDER.sub(value, request.path)
    host = (urlsplit(url).hostname or "").lower()
    if host not in connector.hosts:
        raise Invalid(f"Expected a host of connector {connector.name} ({sorted(connector.hosts)}), found {host}")
    if request.method in _BODYLESS:
        # Only what the path names is told: a step without input mappings would give away the whole case.
        return url, None
    rest = {name: each for name, each in request.inputs.items() if name not in used}
    return url, json.dumps(rest, ensure_ascii=False).encode()


def _at(inputs: Mapping[str, Any], path: str) -> Any:
    value: Any = inputs
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _read(response: httpcore.Response, connector: Connector, deadline: float) -> bytes:
    """Read the answer within the connector's size and time: a slow drip of bytes is cut off as well."""
    parts: list[bytes] = []
    size = 0
    for part in response.iter_stream():
        size += len(part)
        if size > connector.max_bytes:
            raise CallFailed(
                f"Expected at most {connector.max_bytes} bytes from connector {connector.name}, found more"
            )
        if time.monotonic() > deadline:
            raise CallFailed(f"Expected connector {connector.name} to answer in {connector.timeout} s, found it slower")
        parts.append(part)
    return b"".join(parts)


def _decode(content: bytes) -> Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError:
        return content.decode("utf-8", "replace")


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects only to addresses that were checked: the name is resolved once, and that very address is used.

    TLS and the Host header still speak of the name, so that a certificate is checked as always.
    """

    def __init__(self, connector: Connector) -> None:
        self.connector = connector
        self.backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve ``host``, refuse it if any of its addresses is not allowed, connect to the first that answers."""
        failure: Exception | None = None
        for address in self.addresses(host, port):
            try:
                return self.backend.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    def addresses(self, host: str, port: int) -> list[Address]:
        """Return the checked addresses of ``host``."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host}: {error}") from error
        addresses = [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
        refused = [address for address in addresses if not (self.connector.private or is_public(address))]
        if refused:
            raise Invalid(
                f"Expected connector {self.connector.name} to reach public addresses only, "
                f"found {host} at {refused[0]} (set `private: true` for a system inside the own network)"
            )
        return addresses


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address inside an IPv6 one: mapped, NAT64 (RFC 6052), 6to4, Teredo."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _is_site_local(address: Address) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and address.is_site_local
