"""A misbehaving child process in place of the one that reads a file: the file's last word says how it misbehaves."""

import os
import signal
import sys

from services.his_adapter.formats.tables.child import confine
from services.his_adapter.formats.tables.limits import Drop


def main() -> None:
    """Write a row, then misbehave."""
    confine(Drop())
    how = sys.stdin.buffer.read().decode().split()[-1]
    out = sys.stdout.buffer
    out.write(b'[2, {"no": "1", "name": "x"}]\n')
    out.flush()
    match how:
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "waits":
            signal.pause()
        case "endless":
            while True:
                out.write(b"x" * 1_000_000)
        case "environment":
            out.write(b'[3, {"no": "%s"}]\n{"rows": 2}\n' % ",".join(sorted(os.environ)).encode())
        case "objects":
            out.write(b'[3, {"no": {"a": 1}}]\n')
        case "pickle":
            out.write(b"\x80\x04N.\n")


if __name__ == "__main__":
    main()
