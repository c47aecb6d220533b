"""Kills what a launcher started once the launcher is gone, even after kill -9: its pipe to us then ends.

Run as `python -m deploy.local.watchdog`; lines on stdin are `+pid` and `-pid`.
"""

import contextlib
import os
import signal
import sys
import time


def main() -> None:
    """Follow stdin to its end, then end what is still registered."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    alive: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        (alive.add if line[0] == "+" else alive.discard)(pid)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        if alive and number == signal.SIGTERM:
            time.sleep(2)


if __name__ == "__main__":
    main()
