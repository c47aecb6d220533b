"""Work held to limits by the kernel: a child process that is ended when it takes more processor time or memory."""

import multiprocessing
import resource
from collections.abc import Callable
from typing import Any

CONTEXT = multiprocessing.get_context("forkserver")
"""Each child begins as a copy of one process that has imported everything, and runs nothing else."""
PAGE = resource.getpagesize()


class OverLimit(AssertionError):
    """The child process exceeded its limit of processor time or memory."""


def preload(*modules: str) -> None:
    """Import the modules that children need, before the first child is forked."""
    CONTEXT.set_forkserver_preload(list(modules))


def held(seconds: int, mebibytes: int, build: Callable[[], Any], work: Callable[[Any], Any]) -> Any:
    """Run `work(build())` in a child process and return its result. The limits apply to `work` alone.

    Both functions must be importable. Raises `OverLimit`, and AssertionError for an exception in the child.
    """
    ours, theirs = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=_limited, args=(theirs, seconds, mebibytes, build, work))
    child.start()
    theirs.close()
    try:
        kind, result = ours.recv()
    except EOFError:
        kind, result = "over", ""
    finally:
        child.join()
        ours.close()
    if kind == "over":
        raise OverLimit(f"more than {seconds} s of processor time or {mebibytes} MiB, ended with {child.exitcode}")
    assert kind == "said", f"it raised {result}"
    return result


def _limited(pipe: Any, seconds: int, mebibytes: int, build: Callable[[], Any], work: Callable[[Any], Any]) -> None:
    given = build()
    with open("/proc/self/statm") as file:
        held_now = int(file.read().split()[0]) * PAGE
    resource.setrlimit(resource.RLIMIT_AS, (held_now + (mebibytes << 20),) * 2)
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (spent, spent))
    try:
        pipe.send(("said", work(given)))
    except MemoryError:
        pipe.send(("over", ""))
    except Exception as error:
        pipe.send(("raised", f"{type(error).__name__}: {str(error)[:300]}"))
