"""Ask every process of a system how it is: readiness, positions and lag of its consumer groups."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.operating.doctor import Finding
from shared.settings import Auth
from shared.tokens import mint_token

if TYPE_CHECKING:
    import httpx

PROCESSES = "processes"
"""The name of the check that `readiness` answers."""
A_MINUTE = timedelta(minutes=1)
Status = dict[str, dict[str, Any]]
"""Process → its answer, or {"ready": False, "error": …, "log": …}."""


def as_operator(signing_key: Path | None, auth: Auth, subject: str) -> dict[str, str]:
    """Return headers with a token of ours, which processes on other machines want; none without a key."""
    if signing_key is None:
        return {}
    return {"authorization": f"Bearer {mint_token(signing_key, auth, subject, ['ops:read'], A_MINUTE)}"}


class Processes:
    """The processes of a system by name, and where each answers.

    `pids` returns the expected process id, to detect another process on the port; None: not checked. `logs` returns
    where the log of a process is.
    """

    def __init__(
        self,
        client: "httpx.AsyncClient",
        addresses: Mapping[str, str],
        pids: Callable[[str], int | None] | None = None,
        logs: Callable[[str], object] = str,
    ) -> None:
        self._client, self._addresses, self._pids, self._logs = client, addresses, pids, logs

    async def status(self) -> Status:
        """Return what each process answers, all asked at once."""
        answers = await asyncio.gather(*map(self.ask, self._addresses))
        return dict(zip(self._addresses, answers, strict=True))

    async def ask(self, name: str, path: str = "/internal/status") -> dict[str, Any]:
        """Return the JSON answer of one process, or why there is none."""
        import httpx  # slow to import, and commands import this module

        try:
            response = await self._client.get(f"{self._addresses[name]}{path}", timeout=5)
            answer, reason = dict(response.json()), "another process answers at its address"
            if response.is_error:
                return self._silent(name, f"{response.status_code}: {answer.get('detail')}")
            if self._pids is None or answer.get("pid") == self._pids(name):
                return answer
        except (httpx.HTTPError, ValueError) as error:
            reason = type(error).__name__
        return self._silent(name, reason)

    def _silent(self, name: str, reason: str) -> dict[str, Any]:
        return {"ready": False, "error": reason, "log": str(self._logs(name))}


def waiting(status: Status) -> list[str]:
    """Return the processes that are not ready."""
    return [name for name, answer in status.items() if not answer.get("ready")]


def silent(status: Status) -> list[str]:
    """Return the processes that did not say how far their groups are."""
    return [name for name, answer in status.items() if "groups" not in answer]


def lags(status: Status) -> dict[str, int | None]:
    """Return consumer group → lag in records; None if it is not known."""
    return {name: at.get("lag") for answer in status.values() for name, at in answer.get("groups", {}).items()}


def readiness(status: Status) -> Finding:
    """Return the finding of `doctor` about the processes."""
    late = waiting(status)
    return Finding(PROCESSES, not late, f"{', '.join(late)}: not ready, see `careloop status`" if late else "all ready")
