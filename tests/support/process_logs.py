"""The last lines of every process of a system that a failed test used, for a `conftest.py` that has such a system."""

from collections.abc import Generator
from pathlib import Path

import pytest

from deploy.local.system import System

LINES = 12
BYTES = 8 * 1024
"""From the end of each log."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the processes wrote last when a test fails."""
    report = yield
    used = [each for each in getattr(item, "funcargs", {}).values() if isinstance(each, System)]
    if report.failed and used:
        report.sections.append(("processes", last_lines(used[0].options.data_dir / "logs")))
    return report


def last_lines(logs: Path) -> str:
    """As `== name` and its last lines, those that wrote last at the end; MongoDB writes a line for each transaction."""
    written = [each for each in logs.glob("*.log") if each.stat().st_size and each.stem != "database"]
    written.sort(key=lambda each: each.stat().st_mtime)
    return "\n".join(f"== {each.stem}\n{_tail(each)}" for each in written)


def _tail(file: Path) -> str:
    with file.open("rb") as log:
        log.seek(max(0, file.stat().st_size - BYTES))
        return "\n".join(log.read().decode(errors="replace").splitlines()[-LINES:])
