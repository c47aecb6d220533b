"""End the children of a launcher when the launcher is gone, even by SIGKILL: then its pipe to stdin is closed.

Run as `python -m deploy.local.watchdog`; lines on stdin are `+pid` (child started) and `-pid` (child ended).
"""

import contextlib
import os
import signal
import sys
import time


def main() -> None:
    """Read stdin to its end, then end the registered processes: SIGTERM, and SIGKILL after 2 s."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    running: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        (running.add if line[0] == "+" else running.discard)(pid)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        if running and number == signal.SIGTERM:
            time.sleep(2)


if __name__ == "__main__":
    main()
