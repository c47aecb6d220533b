"""Addresses that a feed may request, and those that may get the token: responses of a server name further addresses.

The feed's own origin (scheme, host, port) and those in `also_from` are trusted. Any other must be a public address,
requested over https and without the token: otherwise a server could make us request addresses inside the hospital.
"""

import asyncio
import socket
from dataclasses import dataclass, field
from typing import Any

import httpx

from services.his_adapter.pulling.fhir.addresses import is_public
from services.his_adapter.pulling.fhir.bodies import Failed
from services.his_adapter.pulling.fhir.definitions import Feed
from shared.host.hops import beyond

PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Admitted:
    """An admitted address. `dialled` is what is connected to: the checked IP address for untrusted origins."""

    url: httpx.URL
    dialled: httpx.URL
    extensions: dict[str, Any] = field(default_factory=dict)


def origin(url: httpx.URL) -> Origin:
    """Return scheme, host and port of a URL."""
    return url.scheme, url.host.lower(), url.port or PORTS.get(url.scheme, 0)


class Origins:
    """The origins of one feed."""

    def __init__(self, feed: Feed) -> None:
        self._own = origin(httpx.URL(feed.url))
        self._also = {origin(httpx.URL(url)) for url in feed.also_from}
        self._plain = feed.plain_http

    def own(self, url: httpx.URL) -> bool:
        """Whether a URL is on the feed's own server."""
        return origin(url) == self._own

    def trusted(self, url: httpx.URL) -> bool:
        """Whether a URL is on the feed's own server or an origin in `also_from`."""
        return self.own(url) or origin(url) in self._also

    async def admit(self, address: str, before: httpx.URL | None = None) -> Admitted:
        """Check an address of a response, or of a redirect from `before`. Raises `Failed`, `httpx.ConnectError`."""
        try:
            url = httpx.URL(address).copy_with(userinfo=b"", fragment=None)
        except httpx.InvalidURL as error:
            raise Failed("the server names an address that is none") from error
        if url.scheme not in PORTS or not url.host:
            raise Failed("the server names an address that is neither http nor https")
        if before is not None and before.scheme == "https" and url.scheme == "http":
            raise Failed(f"the server sends us from https to http, to {shown(url)}")
        if url.scheme == "http" and beyond(url.host) and not self._plain:
            raise Failed(f"the server names {shown(url)}: without https it is read only where `plain_http` says so")
        return Admitted(url, url) if self.trusted(url) else await _public(url)


def shown(url: httpx.URL) -> str:
    """Return the origin of a URL as text, `https://host:port`."""
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')[-200:]}"


async def _public(url: httpx.URL) -> Admitted:
    """Resolve a host and check that it is public; the result connects to this IP address (no DNS rebinding)."""
    try:
        loop = asyncio.get_running_loop()
        answers = await loop.getaddrinfo(url.host, url.port or PORTS[url.scheme], type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"nobody knows where {shown(url)} is") from error
    addresses = [str(answer[4][0]) for answer in answers]
    if not addresses or not all(map(is_public, addresses)):
        raise Failed(
            f"the server names {shown(url)}, which is no public address: list it in `also_from` if it is right"
        )
    port = f":{url.port}" if url.port else ""
    dialled = url.copy_with(host=addresses[0])
    return Admitted(url, dialled, {"sni_hostname": url.host, "host": f"{url.host}{port}"})
