"""Runs every tier this machine can run, prints the seconds of each, names what was skipped and why.

`python -m tests.run [tier …]`
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
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


@dataclass(frozen=True, slots=True)
class Tier:
    """A name, its commands, and why it may not run here."""

    name: str
    commands: list[list[str]]
    cannot: Callable[[], str | None] = lambda: None


OTHERS = [f"--ignore=tests/{name}" for name in ("architecture", "flows", "chaos", "kafka", "browser")]
MORE = (
    ["tests/shared/test_database_away.py", "tests/kafka/test_disk.py"]
    if os.environ.get("CARELOOP_CHAOS") == "full"
    else []
)
SLOW = "wiring or flow or chaos or kafka or browser"
TIERS = [
    Tier(
        "lint",
        [
            [str(BIN / "ruff"), "check", "."],
            [str(BIN / "ruff"), "format", "--check", "."],
            [str(BIN / "mypy")],
        ],
    ),
    Tier("unit", [[*PYTEST, "tests", *OTHERS, "-m", f"not ({SLOW})", *SIDE_BY_SIDE, "--dist", "worksteal"]]),
    Tier("architecture", [[*PYTEST, "tests/architecture"]]),
    Tier("wiring", [[*PYTEST, "tests", "-m", "wiring", *SIDE_BY_SIDE, "--dist", "loadfile"]], database),
    Tier("flows", [[*PYTEST, "tests/flows"]], database),
    Tier("chaos", [[*PYTEST, "tests/chaos", *MORE]], database),
    Tier("kafka", [[*PYTEST, "tests/kafka"]], kafka),
    Tier("browser", [[*PYTEST, "tests/browser"]], lambda: chromium() or database()),
]


def run(tier: Tier) -> tuple[str, str]:
    """(`passed`, `FAILED` or `skipped`, seconds or reason)."""
    if not list((ROOT / "tests" / tier.name).glob("test_*.py")) and (ROOT / "tests" / tier.name).is_dir():
        return "skipped", "it has no test yet"
    if reason := tier.cannot():
        return "skipped", reason
    began = time.monotonic()
    print(f"\n== {tier.name}", flush=True)
    env = {**os.environ, "PYTHONHASHSEED": "0"}
    failed = [c for c in tier.commands if subprocess.run(c, cwd=ROOT, env=env, check=False).returncode]
    return ("FAILED" if failed else "passed"), f"{time.monotonic() - began:.1f} s"


def main() -> int:
    """All tiers, or those named; 1 where one failed."""
    wanted = sys.argv[1:]
    results = {tier.name: run(tier) for tier in TIERS if not wanted or tier.name in wanted}
    print()
    for name, (verdict, detail) in results.items():
        print(f"{name:14}{verdict:9}{detail}")
    return int(any(verdict == "FAILED" for verdict, _ in results.values()))


if __name__ == "__main__":
    sys.exit(main())
