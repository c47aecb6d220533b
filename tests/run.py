"""Runs every tier this machine can run, prints the seconds of each, names what was skipped and why.

`python -m tests.run [tier …]`. Tiers that mostly wait (for brokers, restarts, timers) run two at a time; the output of
such a tier is printed when it ends.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PYTEST = [sys.executable, "-m", "pytest"]
SIDE_BY_SIDE = ["-n", "auto", "--maxprocesses", "4"]
"""For tests that start what they need themselves."""


def database() -> str | None:
    """Why nothing that needs MongoDB can run here, if so."""
    from deploy.local.embedded import CannotStart, broker_command, database_command

    try:
        broker_command(1, "probe")
        database_command(1, ROOT / "var" / "probe")
    except CannotStart as error:
        return str(error)
    return None


def chromium() -> str | None:
    """Why no browser test can run here, if so."""
    return None if shutil.which("chromium") or shutil.which("chromium-browser") else "Chromium is not installed"


def kafka() -> str | None:
    """Why Apache Kafka cannot run here, if so."""
    from tests.support.kafka import unavailable

    return database() or unavailable()


def containers() -> str | None:
    """Why no container can run here, if so."""
    from tests.support.engine import unavailable

    return unavailable()


@dataclass(frozen=True, slots=True)
class Tier:
    """A name, its commands, and why it may not run here; `alone`: it keeps every core busy by itself."""

    name: str
    commands: list[list[str]]
    cannot: Callable[[], str | None] = lambda: None
    alone: bool = False


OTHERS = [f"--ignore=tests/{name}" for name in ("architecture", "flows", "chaos", "kafka", "browser", "containers")]
MORE = (
    ["tests/shared/test_database_away.py", "tests/kafka/test_disk.py"]
    if os.environ.get("CARELOOP_CHAOS") == "full"
    else []
)
SLOW = "wiring or flow or chaos or kafka or browser or containers"
TIERS = [
    Tier(
        "lint",
        [
            [str(BIN / "ruff"), "check", "."],
            [str(BIN / "ruff"), "format", "--check", "."],
            [str(BIN / "mypy")],
        ],
        alone=True,
    ),
    Tier(
        "unit", [[*PYTEST, "tests", *OTHERS, "-m", f"not ({SLOW})", *SIDE_BY_SIDE, "--dist", "worksteal"]], alone=True
    ),
    Tier("kafka", [[*PYTEST, "tests/kafka"]], kafka),
    Tier("flows", [[*PYTEST, "tests/flows"]], database),
    Tier("browser", [[*PYTEST, "tests/browser"]], lambda: chromium() or database()),
    Tier("containers", [[*PYTEST, "tests/containers"]], containers),
    Tier("chaos", [[*PYTEST, "tests/chaos", *MORE]], database),
    Tier("wiring", [[*PYTEST, "tests", "-m", "wiring", *SIDE_BY_SIDE, "--dist", "loadfile"]], database),
    Tier("architecture", [[*PYTEST, "tests/architecture"]]),
]


def why_skipped(tier: Tier) -> str | None:
    """Why a tier is skipped, if it is. Fetches what it needs, so ask for one tier at a time."""
    folder = ROOT / "tests" / tier.name
    return "it has no test yet" if folder.is_dir() and not list(folder.glob("test_*.py")) else tier.cannot()


def run(tier: Tier, shown_at_end: bool) -> tuple[str, str]:
    """(`passed` or `FAILED`, seconds)."""
    began = time.monotonic()
    env = {**os.environ, "PYTHONHASHSEED": "0"}
    out, err = (subprocess.PIPE, subprocess.STDOUT) if shown_at_end else (None, None)
    print(f"\n== {tier.name}" + (" begins" if shown_at_end else ""), flush=True)
    ended = [subprocess.run(each, cwd=ROOT, env=env, check=False, stdout=out, stderr=err) for each in tier.commands]
    if shown_at_end:
        print(f"\n== {tier.name}\n" + "".join(each.stdout.decode(errors="replace") for each in ended), flush=True)
    failed = any(each.returncode for each in ended)
    return ("FAILED" if failed else "passed"), f"{time.monotonic() - began:.1f} s"


def main() -> int:
    """All tiers, or those named; 1 where one failed."""
    wanted = sys.argv[1:]
    tiers = [tier for tier in TIERS if not wanted or tier.name in wanted]
    results = {tier.name: ("skipped", reason) for tier in tiers if (reason := why_skipped(tier))}
    tiers = [tier for tier in tiers if tier.name not in results]
    results |= {tier.name: run(tier, shown_at_end=False) for tier in tiers if tier.alone}
    others = [tier for tier in tiers if not tier.alone]
    with ThreadPoolExecutor(2) as pool:
        ended = pool.map(lambda tier: run(tier, shown_at_end=len(others) > 1), others)
        results |= zip((tier.name for tier in others), ended, strict=True)
    print()
    for name, (verdict, detail) in results.items():
        print(f"{name:14}{verdict:9}{detail}")
    return int(any(verdict == "FAILED" for verdict, _ in results.values()))


if __name__ == "__main__":
    sys.exit(main())
