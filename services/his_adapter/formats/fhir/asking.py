"""Requests to a FHIR server: our token where it may go and nowhere else, redirects followed by hand."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.parse import urljoin

import httpx

from services.his_adapter.definitions import Feed
from services.his_adapter.formats.fhir.answers import Failed
from services.his_adapter.formats.fhir.origins import Origins, Place
from services.his_adapter.formats.fhir.signing_in import Signing

REDIRECTS = 5
Goes = Callable[[httpx.URL], bool]
"""Whether our token goes to an address."""


class Answer(NamedTuple):
    """An answer whose body is still to be read, and where it came from in the end."""

    response: httpx.Response
    url: httpx.URL


class Asking:
    """Asks one feed's server, and those that it names."""

    def __init__(self, client: httpx.AsyncClient, feed: Feed, signing: Signing) -> None:
        self._client, self._signing, self.origins = client, signing, Origins(feed)

    @asynccontextmanager
    async def get(
        self, address: str, headers: dict[str, str], goes: Goes, params: dict[str, str] | None = None
    ) -> AsyncIterator[Answer]:
        """What is there, wherever we are sent. Raises `Failed`, `NotLetIn`, `httpx.HTTPError`."""
        whole = str(httpx.URL(address, params=params)) if params else address
        place = await self.origins.admit(whole)
        for _ in range(REDIRECTS + 1):
            response = await self._send("GET", place, headers, goes)
            try:
                if not response.has_redirect_location:
                    yield Answer(response, place.url)
                    return
                there = urljoin(str(place.url), response.headers["location"])
            finally:
                await response.aclose()
            place = await self.origins.admit(there, place.url)
        raise Failed(f"the server sends us on more than {REDIRECTS} times")

    async def delete(self, address: str) -> None:
        """Say that something is no longer needed. Raises `Failed`, `NotLetIn`, `httpx.HTTPError`."""
        response = await self._send("DELETE", await self.origins.admit(address), {}, self.origins.own)
        await response.aclose()

    async def _send(self, method: str, place: Place, headers: dict[str, str], goes: Goes) -> httpx.Response:
        """Once more with a fresh token where the server no longer knows the old one."""
        told = {**headers, "accept-encoding": "gzip"}
        extensions = dict(place.extensions)
        if host := extensions.pop("host", ""):
            told["host"] = host
        for anew in (False, True):
            if goes(place.url) and (token := await self._signing.token(self._client, anew)):
                told["authorization"] = f"Bearer {token}"
            request = self._client.build_request(method, place.dialled, headers=told, extensions=extensions)
            response = await self._client.send(request, stream=True, auth=None, follow_redirects=False)
            if anew or response.status_code != 401 or not goes(place.url) or not self._signing.renews:
                break
            await response.aclose()
        return response
