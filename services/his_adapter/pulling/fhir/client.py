"""HTTP client of a FHIR server: sends the token only to trusted origins and checks every redirect."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.parse import urljoin

import httpx

from services.his_adapter.pulling.fhir.bodies import Failed
from services.his_adapter.pulling.fhir.definitions import Feed
from services.his_adapter.pulling.fhir.origins import Admitted, Origins
from services.his_adapter.pulling.fhir.signing_in import Signing

REDIRECTS = 5
Goes = Callable[[httpx.URL], bool]
"""Whether the token may be sent to an address."""


class FhirAnswer(NamedTuple):
    """A response whose body is not read yet, and the URL after redirects."""

    response: httpx.Response
    url: httpx.URL


class FhirClient:
    """Sends requests to the server of one feed and to the addresses that it names."""

    def __init__(self, client: httpx.AsyncClient, feed: Feed, signing: Signing) -> None:
        self._client, self._signing, self.origins = client, signing, Origins(feed)

    @asynccontextmanager
    async def get(
        self, address: str, headers: dict[str, str], goes: Goes, params: dict[str, str] | None = None
    ) -> AsyncIterator[FhirAnswer]:
        """GET an address and follow redirects. `goes` says where the token may go.

        Raises `Failed`, `SignInRefused`, `httpx.HTTPError`.
        """
        full_address = str(httpx.URL(address, params=params)) if params else address
        place = await self.origins.admit(full_address)
        for _ in range(REDIRECTS + 1):
            response = await self._send("GET", place, headers, goes)
            try:
                if not response.has_redirect_location:
                    yield FhirAnswer(response, place.url)
                    return
                target = urljoin(str(place.url), response.headers["location"])
            finally:
                await response.aclose()
            place = await self.origins.admit(target, place.url)
        raise Failed(f"the server sends us on more than {REDIRECTS} times")

    async def delete(self, address: str) -> None:
        """DELETE an address of the feed's own server. Raises `Failed`, `SignInRefused`, `httpx.HTTPError`."""
        response = await self._send("DELETE", await self.origins.admit(address), {}, self.origins.own)
        await response.aclose()

    async def _send(self, method: str, place: Admitted, headers: dict[str, str], goes: Goes) -> httpx.Response:
        """Send a request; on 401 once more with a new token."""
        all_headers = {**headers, "accept-encoding": "gzip"}
        extensions = dict(place.extensions)
        if host := extensions.pop("host", ""):
            all_headers["host"] = host
        for renew in (False, True):
            if goes(place.url) and (token := await self._signing.token(self._client, renew)):
                all_headers["authorization"] = f"Bearer {token}"
            request = self._client.build_request(method, place.dialled, headers=all_headers, extensions=extensions)
            response = await self._client.send(request, stream=True, auth=None, follow_redirects=False)
            if renew or response.status_code != 401 or not goes(place.url) or not self._signing.renews:
                break
            await response.aclose()
        return response
