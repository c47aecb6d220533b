"""Calls to the services as the person who is signed in."""

import time
from datetime import timedelta

import httpx

from careloop_client import CareLoop
from console.roles import scopes_of
from console.settings import ConsoleSettings
from console.staff import Person
from shared.contracts.staff import Staff
from shared.host.asking_again import AskingAgain
from shared.tokens import mint_token

ITSELF, OWN_SCOPES = "console", ["contacts:lockouts"]
"""The name and rights of the console where nobody is signed in."""
LIFETIME = timedelta(minutes=5)
USED = LIFETIME / 2
"""How long a token is used, so that none expires on its way."""


class Backend:
    """The services behind the gateway. `client` returns the typed client of one person."""

    def __init__(self, settings: ConsoleSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings, self._gateway = settings, settings.console.gateway
        limits = httpx.Limits(max_connections=200, keepalive_expiry=2)  # less than the gateway's 5 s
        self._transport = transport or AskingAgain(httpx.AsyncHTTPTransport(limits=limits))
        self._key = settings.console.signing_key
        self._tokens: dict[Staff, tuple[str, float]] = {}

    def client(self, person: Person) -> CareLoop:
        """A client whose requests name this person, with the scopes of their roles."""
        return self._asking(self._token(person.staff), **{"purpose-of-use": person.purpose})

    def itself(self) -> CareLoop:
        """A client for what the console does of its own, before anybody is signed in: it says whom it locked."""
        return self._asking(mint_token(self._key, self._settings.auth, ITSELF, OWN_SCOPES, LIFETIME))

    def _asking(self, token: str, **headers: str) -> CareLoop:
        headers["authorization"] = f"Bearer {token}"
        return CareLoop(
            httpx.AsyncClient(transport=self._transport, base_url=self._gateway, headers=headers, timeout=20)
        )

    def _token(self, staff: Staff) -> str:
        """A token of at most half its lifetime. A changed definition is another key, so never one of old roles."""
        token, until = self._tokens.get(staff, ("", 0.0))
        if time.monotonic() >= until:
            token, until = self._minted(staff), time.monotonic() + USED.total_seconds()
            self._tokens = {each: kept for each, kept in self._tokens.items() if time.monotonic() < kept[1]}
            self._tokens[staff] = token, until
        return token

    def _minted(self, staff: Staff) -> str:
        return mint_token(
            self._key,
            self._settings.auth,
            staff.id,
            scopes_of(staff.roles),
            LIFETIME,
            roles=list(staff.roles),
            departments=list(staff.reads_in),
            campuses=list(staff.campuses),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()
