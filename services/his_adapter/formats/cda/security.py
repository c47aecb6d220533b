"""Authentication of the SOAP service: a bearer token, or the password of a WS-Security UsernameToken (OASIS WSS 1.1).

The token is read from the first bytes of an envelope; the rest is not read before the token is accepted.
"""

from dataclasses import dataclass
from typing import Any

from fastapi import Request

from services.his_adapter.formats.cda.head import token_in
from shared.auth import allowed, bearer
from shared.caller import Caller
from shared.guard import KIBI, Bearer

HEAD_BYTES = 16 * KIBI
"""The security header must end within these bytes: a JWT has about 2 KiB, a signature in the header some more."""


@dataclass(frozen=True, slots=True)
class SoapEnvelope:
    """An authenticated call: its caller and its body."""

    caller: Caller
    raw: bytes


class WsSecurity(Bearer):
    """Dependency that returns the `SoapEnvelope`; the body is read completely once the caller is authenticated."""

    kind = "bearer, or WS-Security UsernameToken"

    def client(self, admitted: Any) -> str:
        """Return the name of the caller, by which calls are rate-limited."""
        return str(admitted.caller.name)

    async def admit(self, request: Request) -> SoapEnvelope:  # type: ignore[override]  # the body comes with the caller
        """Authenticate the caller and read the body. Raises a 401, 403 or 503 problem."""
        caller, raw = await self._by_header(bearer(request.headers), request), b""
        parts, size, next_attempt = [], 0, 512
        async for part in request.stream():
            parts.append(part)
            size += len(part)
            if caller is None and size >= next_attempt:
                next_attempt, raw = size * 2, b"".join(parts)
                token = token_in(raw[:HEAD_BYTES])
                if token is not None or size >= HEAD_BYTES:
                    caller = await self._allowed(token or "", request)
        raw = b"".join(parts)
        return SoapEnvelope(caller or await self._allowed(token_in(raw) or "", request), raw)

    async def _by_header(self, token: str, request: Request) -> Caller | None:
        return await self._allowed(token, request) if token else None

    async def _allowed(self, token: str, request: Request) -> Caller:
        return await allowed(request.app.state.verifier, token, self.wants)
