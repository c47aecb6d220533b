"""Who calls the WebService: a bearer token, or the password of a WS-Security UsernameToken (OASIS WSS 1.1).

The token is looked for in the first bytes of an envelope; the rest is neither read nor parsed before it was accepted.
"""

from dataclasses import dataclass
from typing import Any

from fastapi import Request

from services.his_adapter.formats.cda.head import token_in
from shared.auth import allowed, bearer
from shared.caller import Caller
from shared.guard import KIBI, Bearer

HEAD_BYTES = 16 * KIBI
"""Where the security header must have ended: a JWT has two KiB, a signature in the header some more."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A call that was let in: who sent it, and all of it."""

    caller: Caller
    raw: bytes


class WsSecurity(Bearer):
    """Gives the `Envelope`: the whole body is read once its head has said who sends it."""

    kind = "bearer, or WS-Security UsernameToken"

    def client(self, admitted: Any) -> str:
        """The caller, wherever they ask from."""
        return str(admitted.caller.name)

    async def admit(self, request: Request) -> Envelope:  # type: ignore[override]  # the body comes with the caller
        """Raises a 401, 403 or 503 problem."""
        caller, raw = await self._known(bearer(request.headers), request), b""
        parts, size, look = [], 0, 512
        async for part in request.stream():
            parts.append(part)
            size += len(part)
            if caller is None and size >= look:
                look, raw = size * 2, b"".join(parts)
                token = token_in(raw[:HEAD_BYTES])
                if token is not None or size >= HEAD_BYTES:
                    caller = await self._allowed(token or "", request)
        raw = b"".join(parts)
        return Envelope(caller or await self._allowed(token_in(raw) or "", request), raw)

    async def _known(self, token: str, request: Request) -> Caller | None:
        return await self._allowed(token, request) if token else None

    async def _allowed(self, token: str, request: Request) -> Caller:
        return await allowed(request.app.state.verifier, token, self.wants)
