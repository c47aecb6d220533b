"""Logs refused requests: address, route and reason, never their content."""

import logging
import time

from fastapi import Request

from shared.links import LinkInvalid
from shared.problems import Problem

log = logging.getLogger(__name__)
LOGGED_STATUSES = (401, 403, 429)
MAX_PER_MINUTE = 600
"""Maximum log lines per minute of a process; further ones are only counted, so that a flood cannot fill a disk."""


class Refusals:
    """The refusals of one process."""

    def __init__(self) -> None:
        self._minute, self._lines = 0, 0

    def note(self, request: Request, route: str, error: Exception) -> None:
        """Log a refusal: an invalid token, link or signature, a missing scope, too many requests."""
        reason = _why(error)
        if not reason:
            return
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            if self._lines > MAX_PER_MINUTE:
                log.warning("refused %d more requests within a minute", self._lines - MAX_PER_MINUTE)
            self._minute, self._lines = minute, 0
        self._lines += 1
        if self._lines <= MAX_PER_MINUTE:
            peer = request.client.host if request.client else "?"
            log.warning("refused %s %s to %s at %s: %s", request.method, route, _who(request, error), peer, reason)


def _why(error: Exception) -> str:
    if isinstance(error, LinkInvalid):
        return f"link-{error}"
    return error.slug if isinstance(error, Problem) and error.status in LOGGED_STATUSES else ""


def _who(request: Request, error: Exception) -> str:
    """The `sub` of a valid token, else "nobody"."""
    name = getattr(getattr(request.state, "admitted", None), "name", "")
    return name or (error.who if isinstance(error, Problem) else "") or "nobody"
