"""A file's rows out of a child process: whatever a file does to its reader, the puller lives.

Only JSON lines come back, in batches; the child waits while nobody takes them.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from typing import Any, BinaryIO

from services.his_adapter.formats.tables.batches import Numbered, batch_of
from services.his_adapter.formats.tables.faults import BadFile, beyond
from services.his_adapter.formats.tables.limits import Drop

MODULE = "services.his_adapter.formats.tables.child"


async def parsed(file: BinaryIO, suffix: str, limits: Drop) -> AsyncGenerator[list[Numbered], None]:
    """The rows of a file, whose position must be its beginning. Raises `BadFile`, also where the child dies.

    Close it (`aclosing`): that ends a child that is not done.
    """
    command = (sys.executable, "-P", "-s", "-m", MODULE, suffix, limits.model_dump_json())
    pipes: dict[str, Any] = {"stdin": file, "stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.DEVNULL}
    child = await asyncio.create_subprocess_exec(
        *command, **pipes, env=environment(), limit=limits.max_row_bytes, start_new_session=True
    )
    assert child.stdout is not None
    left, ended = float(limits.wall_seconds), False
    try:
        while not ended:
            begun = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(left):
                    batch, ended = await batch_of(child.stdout)
                    if not ended and not batch:
                        raise _died(await child.wait(), limits)
            except TimeoutError as error:
                raise beyond("the seconds it takes are", "wall_seconds", limits.wall_seconds) from error
            left -= asyncio.get_running_loop().time() - begun
            if batch:
                yield batch
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def environment() -> dict[str, str]:
    """What the child is told: where our code is, and nothing else of ours."""
    return {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)), "LC_ALL": "C.UTF-8"}


def _died(code: int, limits: Drop) -> BadFile:
    if code == -signal.SIGXCPU:
        return beyond("the CPU seconds it takes are", "cpu_seconds", limits.cpu_seconds)
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    return BadFile(
        f"the process that read it ended {how}: most often it needs more memory than {limits.memory_bytes} bytes "
        "(CARELOOP_DROP__MEMORY_BYTES), or than the machine has"
    )
