"""Attempts to sign in at the provider: each is a sealed cookie of its own, so that several tabs can sign in at once.

Nothing of an attempt is kept on a server, so any process of the console can take the provider's answer.
"""

import secrets
import time
from dataclasses import dataclass

from fastapi import Request, Response
from pydantic import TypeAdapter, ValidationError

from console.cookies import Cookies
from console.sealing import Seal
from console.settings import Console

START = "careloop_attempt_"
"""The cookies' names begin so, and end in the beginning of the state."""
SECONDS = 600
"""How long somebody may take at the provider."""
MOST = 8
"""Attempts of one browser at a time: of more the oldest are dropped, so that abandoned ones do not pile up."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """`state` names the attempt (RFC 6749), `nonce` its ID token (OIDC), `verifier` is PKCE's (RFC 7636).

    `to`: the page to go on with; `begun`: seconds since 1970, real time.
    """

    state: str
    nonce: str
    verifier: str
    to: str
    begun: float

    @classmethod
    def new(cls, to: str) -> "Attempt":
        """An attempt that begins now; state, nonce and verifier have 256 random bits each."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, to, time.time())


_ATTEMPT = TypeAdapter(Attempt)


class Attempts:
    """Keeps attempts in the browser that made them."""

    def __init__(self, settings: Console, cookies: Cookies) -> None:
        self._seal, self._cookies = Seal(settings, "attempt"), cookies

    def keep(self, request: Request, answer: Response, attempt: Attempt) -> None:
        """Put an attempt into a cookie, and drop those that are over or too many."""
        kept = {name: self._opened(value) for name, value in self._cookies.beginning(request, START).items()}
        newest = sorted(kept, key=lambda name: each.begun if (each := kept[name]) else 0.0, reverse=True)
        for name in newest:
            if kept[name] is None or name in newest[MOST - 1 :]:
                self._cookies.drop(answer, name)
        sealed = self._seal.sealed(_ATTEMPT.dump_json(attempt))
        self._cookies.put(answer, _name(attempt.state), sealed, SECONDS)

    def of(self, request: Request, state: str) -> Attempt | None:
        """The attempt of this state in this browser; None if it made none, or if it is over."""
        attempt = self._opened(self._cookies.value(request, _name(state)))
        return attempt if attempt and attempt.state == state else None

    def end(self, answer: Response, state: str) -> None:
        """Drop an attempt: its state counts once."""
        self._cookies.drop(answer, _name(state))

    def _opened(self, cookie: str) -> Attempt | None:
        try:
            attempt = _ATTEMPT.validate_json(self._seal.opened(cookie) or b"")
        except ValidationError:
            return None
        return attempt if time.time() < attempt.begun + SECONDS else None


def _name(state: str) -> str:
    return f"{START}{state[:12]}"
