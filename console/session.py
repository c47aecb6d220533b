"""The session: who signed in and when, in a cookie that only the console can read or write.

Nothing of it is kept on a server, so any process of the console can answer any request.
"""

import time
from dataclasses import dataclass, replace

from pydantic import TypeAdapter, ValidationError

from console.sealing import Seal
from console.settings import Console

COOKIE = "careloop_session"
RENEWED_SECONDS = 60.0
"""How old the time of the last request may get in the cookie before it is written again."""


@dataclass(frozen=True, slots=True)
class Session:
    """`staff_id`: who signed in; `begun` and `seen` (the last request): seconds since 1970, real time."""

    staff_id: str
    begun: float
    seen: float

    @classmethod
    def new(cls, staff_id: str) -> "Session":
        """A session that begins now."""
        return cls(staff_id, time.time(), time.time())


_SESSION = TypeAdapter(Session)


class Sessions:
    """Seals sessions into cookies and opens them again."""

    def __init__(self, settings: Console) -> None:
        self._seal = Seal(settings, "session")
        self._idle, self._whole = settings.idle_minutes * 60, settings.session_hours * 3600

    def sealed(self, session: Session) -> str:
        """The cookie's value."""
        return self._seal.sealed(_SESSION.dump_json(session))

    def opened(self, cookie: str) -> Session | None:
        """The session of a cookie; None if it was altered, is of another key, or is over."""
        try:
            session = _SESSION.validate_json(self._seal.opened(cookie) or b"")
        except ValidationError:
            return None
        now = time.time()
        return session if now < session.seen + self._idle and now < session.begun + self._whole else None

    def renewed(self, session: Session) -> Session | None:
        """The session as seen now; None if its cookie is still recent enough."""
        now = time.time()
        return replace(session, seen=now) if now > session.seen + RENEWED_SECONDS else None
