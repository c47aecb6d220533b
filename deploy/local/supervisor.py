"""Child processes: started, restarted with back-off, drained in order, never left behind."""

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
"""At the most: a role first lets what it began outside end."""
LOST_SECONDS = 5.0
"""Where a vital child has died: what the others began can no longer be accounted for."""
CALM_SECONDS = 30.0
LONGEST_PAUSE = 15.0
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Child:
    """One supervised process. `vital` ones end everything when they die (the embedded broker)."""

    name: str
    command: list[str]
    env: dict[str, str]
    vital: bool = False
    restarts: int = 0
    process: subprocess.Popen[bytes] | None = None
    watcher: "asyncio.Task[None] | None" = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self.process.pid if self.process and self.process.poll() is None else None


class Supervisor:
    """Owns the children. `died` is called with a sentence when a vital child ends."""

    def __init__(self, logs: Path, died: Callable[[str], None]) -> None:
        self._logs, self._died = logs, died
        self.children: dict[str, Child] = {}
        self._stopping = False
        # a thread per child: in the loop's own small pool the seventh child would not be watched at all
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
        """Whether everything is on its way down."""
        return self._stopping

    def pid_of(self, name: str) -> int | None:
        """The process id of a child while it runs."""
        return self.children[name].pid

    def log_of(self, name: str) -> Path:
        """Where a child's output goes."""
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
        self._tell(f"+{child.process.pid}")

    def _tell(self, line: str) -> None:
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
            self._tell(f"-{process.pid}")
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
        """End the children, group by group, then whatever is left, then the watchdog."""
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
            self._tell(f"-{process.pid}")
