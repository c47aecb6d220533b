"""Reads one file as a table, in a process of its own that has nothing to lose: no keys, no network client, no room.

`python -m services.his_adapter.formats.tables.child SUFFIX LIMITS <FILE` writes a JSON line for each row, and a last
one.
"""

import ctypes
import signal
import sys

import orjson

from services.his_adapter.formats.tables.faults import BadFile, beyond
from services.his_adapter.formats.tables.limits import Drop
from services.his_adapter.formats.tables.sheets import rows

PR_SET_PDEATHSIG = 1
GRACE = 5
"""CPU seconds after the signal that time is up, until the kernel ends it for good."""


def main() -> None:
    """Everything or a refusal; what neither comes of is the parent's to notice."""
    suffix, limits = sys.argv[1], Drop.model_validate_json(sys.argv[2])
    confine(limits)
    with open(0, "rb", closefd=False) as file, open(1, "wb", closefd=False) as out:
        try:
            count = 0
            for number, row in rows(file, suffix, limits):
                line = orjson.dumps([number, row], option=orjson.OPT_APPEND_NEWLINE)
                if len(line) > limits.max_row_bytes:
                    raise beyond("the bytes of a row are", "max_row_bytes", limits.max_row_bytes)
                out.write(line)
                count += 1
            told: dict[str, object] = {"rows": count}
        except BadFile as bad:
            told = {"refused": str(bad)}
        except MemoryError:
            told = {"refused": str(beyond("the bytes of memory it takes are", "memory_bytes", limits.memory_bytes))}
        out.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))


def confine(limits: Drop) -> None:
    """No more memory and CPU than it may take, no file written, no core left behind, and no life of its own."""
    try:
        import resource
    except ImportError:  # not a POSIX system
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + GRACE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
