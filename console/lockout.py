"""Locks a login after too many wrong passwords."""

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

MINUTES = 15


class Lockout:
    """Counts wrong passwords by login in this process. A login is locked while `failures` are younger than 15 minutes.

    Logins that nobody has are counted as well, so that a lock says nothing of who works here.
    """

    def __init__(self, failures: int) -> None:
        self._allowed = RateLimitItemPerMinute(failures, MINUTES)
        self._counts = MovingWindowRateLimiter(MemoryStorage())

    async def locked(self, login: str) -> bool:
        """Whether no password is tried for this login now."""
        return not await self._counts.test(self._allowed, login)

    async def failed(self, login: str) -> None:
        """A wrong password was given."""
        await self._counts.hit(self._allowed, login)

    async def succeeded(self, login: str) -> None:
        """The right one was given."""
        await self._counts.clear(self._allowed, login)
