"""Supervise child processes: start, restart with back-off, stop in order. A watchdog ends them if the launcher dies."""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.needs import ordinary

DRAIN_SECONDS = 90.0
"""Maximum time for a child to stop: a role first finishes its outgoing requests."""
LOST_SECONDS = 5.0
"""The same after a vital child died: the results of outgoing requests can no longer be stored."""
CALM_SECONDS = 30.0
"""A child that ran for longer is restarted with the shortest pause again."""
LONGEST_PAUSE = 15.0
"""Longest pause before a restart, in seconds."""
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Child:
    """One supervised process. If a `vital` one dies (the embedded broker), the system stops."""

    name: str
    command: list[str]
    env: dict[str, str]
    vital: bool = False
    restarts: int = 0
    process: subprocess.Popen[bytes] | None = None
    watcher: "asyncio.Task[None] | None" = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        """Return the process id while the process runs, else None."""
        return self.process.pid if self.process and self.process.poll() is None else None


class Supervisor:
    """The children of the launcher. `died` is called with a sentence when a vital child ends."""

    def __init__(self, logs: Path, died: Callable[[str], None]) -> None:
        self._logs, self._died = logs, died
        self.children: dict[str, Child] = {}
        self._stopping = False
        # a thread per child: the default executor of the loop has too few threads to wait for all
        self._waiters = ThreadPoolExecutor(max_workers=64, thread_name_prefix="waits-for-a-child")
        logs.mkdir(parents=True, exist_ok=True)
        watchdog = [sys.executable, "-m", "deploy.local.watchdog"]
        pipe, env = subprocess.PIPE, ordinary(os.environ)
        self._watchdog = subprocess.Popen(watchdog, stdin=pipe, env=env, start_new_session=True, text=True)

    def start(self, child: Child) -> Child:
        """Start a child and watch it."""
        self.children[child.name] = child
        self._spawn(child)
        child.watcher = asyncio.create_task(self._watch(child))
        return child

    def stopping(self) -> bool:
        """Return whether `stop` was called."""
        return self._stopping

    def pid_of(self, name: str) -> int | None:
        """Return the process id of a child while it runs, else None."""
        return self.children[name].pid

    def log_of(self, name: str) -> Path:
        """Return the file of a child's output."""
        return self._logs / f"{name}.log"

    def _spawn(self, child: Child) -> None:
        with self.log_of(child.name).open("ab") as log:
            child.process = subprocess.Popen(
                child.command,
                env=child.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._notify_watchdog(f"+{child.process.pid}")

    def _notify_watchdog(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError, ValueError):
            assert self._watchdog.stdin is not None
            self._watchdog.stdin.write(f"{line}\n")
            self._watchdog.stdin.flush()

    async def _watch(self, child: Child) -> None:
        pause = 0.5
        while not self.stopping():
            assert child.process is not None
            process, since = child.process, time.monotonic()
            code = await asyncio.get_running_loop().run_in_executor(self._waiters, process.wait)
            self._notify_watchdog(f"-{process.pid}")
            if self.stopping():
                return
            if child.vital:
                self._died(f"{child.name} ended (exit {code}): see {self.log_of(child.name)}")
                return
            pause = 0.5 if time.monotonic() - since > CALM_SECONDS else min(pause * 2, LONGEST_PAUSE)
            child.restarts += 1
            await asyncio.sleep(pause)
            while not self.stopping() and not self._respawned(child):
                pause = min(pause * 2, LONGEST_PAUSE)
                await asyncio.sleep(pause)

    def _respawned(self, child: Child) -> bool:
        """No memory, no file handle, a program that is being replaced: all pass."""
        try:
            self._spawn(child)
        except OSError as error:
            log.error("%s could not be started (%s), tried again", child.name, error)
            return False
        return True

    async def stop(self, *groups: list[str]) -> None:
        """Stop the children, group by group, then those in no group, then the watchdog."""
        self._stopping = True
        lost = any(child.vital and child.pid is None for child in self.children.values())
        seconds = LOST_SECONDS if lost else DRAIN_SECONDS
        rest = [name for name in self.children if not any(name in group for group in groups)]
        for names in [*groups, rest]:
            await self._end([self.children[name] for name in names if name in self.children], seconds)
        for child in self.children.values():
            if child.watcher:
                child.watcher.cancel()
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.close()
        await asyncio.to_thread(self._watchdog.wait)
        self._waiters.shutdown(wait=False)

    async def _end(self, children: list[Child], seconds: float) -> None:
        running = [child.process for child in children if child.process and child.process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        loop = asyncio.get_running_loop()
        exits = [loop.run_in_executor(self._waiters, process.wait, seconds) for process in running]
        await asyncio.gather(*exits, return_exceptions=True)
        for process in running:
            if process.poll() is None:
                process.kill()
            await asyncio.to_thread(process.wait)
            self._notify_watchdog(f"-{process.pid}")
