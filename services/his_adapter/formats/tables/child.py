"""Program that parses one file in a process of its own, without keys or network and with limited memory and CPU.

`python -m services.his_adapter.formats.tables.child SUFFIX LIMITS <FILE` writes a JSON line for each row, then one with
the number of rows or the reason why the file is refused.
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
"""CPU seconds between SIGXCPU and SIGKILL."""


def main() -> None:
    """Write all rows or a refusal; if the process dies before that, the parent refuses the file."""
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
            last_line: dict[str, object] = {"rows": count}
        except BadFile as bad:
            last_line = {"refused": str(bad)}
        except MemoryError:
            last_line = {
                "refused": str(beyond("the bytes of memory it takes are", "memory_bytes", limits.memory_bytes))
            }
        out.write(orjson.dumps(last_line, option=orjson.OPT_APPEND_NEWLINE))


def confine(limits: Drop) -> None:
    """Limit memory and CPU, forbid writing files and core dumps, and end when the parent process ends."""
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
