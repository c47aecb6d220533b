"""Locks a login after too many wrong passwords: in every process of the console if it is somebody's, here if not."""

import asyncio
import logging

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from careloop_client.contacts.models import Lock
from console.backend import Backend
from console.problems import FAILURES, trouble_of
from console.staff import by_login
from console.staff_events import StaffEvents
from shared.contracts.staff import Staff
from shared.definition_reader import DefinitionReader

MINUTES = 15
log = logging.getLogger(__name__)


class Lockout:
    """Counts wrong passwords by login in this process; `failures` within 15 minutes lock the login for 15 minutes.

    The lock of a member of staff is an event of contacts: every process obeys it, it survives a restart, and an
    administrator lifts it. A login that nobody has is locked in this process alone, so that guessed logins fill no log;
    the answer is the same.
    """

    def __init__(self, failures: int, events: StaffEvents, staff: DefinitionReader, backend: Backend) -> None:
        self._failures, self._events, self._staff, self._backend = failures, events, staff, backend
        self._allowed = RateLimitItemPerMinute(failures, MINUTES)
        self._counts = MovingWindowRateLimiter(MemoryStorage())
        self._telling: dict[str, asyncio.Task[None]] = {}

    async def locked(self, login: str) -> bool:
        """Whether no password is tried for this login now."""
        staff = by_login(self._staff.snapshot, login)
        if staff and self._events.locked(staff.id):
            return True
        full = not await self._counts.test(self._allowed, *self._counted(login, staff))
        if full and staff:
            self._tell(staff)
        return full

    async def begun(self, login: str) -> bool:
        """A password is about to be tried; False if none may be. Counted before, else many at once were all tried."""
        if await self.locked(login):
            return False
        return await self._counts.hit(self._allowed, *self._counted(login, by_login(self._staff.snapshot, login)))

    async def failed(self, login: str) -> None:
        """It was wrong."""
        await self.locked(login)

    async def succeeded(self, login: str) -> None:
        """It was right."""
        await self._counts.clear(self._allowed, *self._counted(login, by_login(self._staff.snapshot, login)))

    def _counted(self, login: str, staff: Staff | None) -> tuple[str, str]:
        """What is counted under: after a lock was lifted, counting begins anew in every process."""
        return login, self._events.unlocked(staff.id) if staff else ""

    def _tell(self, staff: Staff) -> None:
        """Tell contacts, once at a time; the answer to who guesses does not wait, else its time told who works here.

        If contacts is away, it is told with the next try.
        """
        if staff.id not in self._telling:
            task = self._telling[staff.id] = asyncio.create_task(self._lock(staff.id))
            task.add_done_callback(lambda _: self._telling.pop(staff.id, None))

    async def _lock(self, staff_id: str) -> None:
        try:
            contacts = self._backend.itself().contacts
            await contacts.lock_staff(staff_id, Lock(minutes=MINUTES, tries=self._failures))
        except FAILURES as error:
            log.warning("contacts does not know yet that a login is locked: %s", trouble_of(error).slug)
