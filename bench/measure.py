"""One figure with its raw limit, and the table and file they end in."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Measure:
    """`value` of ours and `raw` of the bare client, both in `unit`; `ratio` is ours to raw, as a speed."""

    key: str
    what: str
    value: float
    unit: str
    raw: float | None = None
    raw_what: str = ""

    @property
    def ratio(self) -> float | None:
        """1 is as fast as the bare client; for times the bare client's time is divided by ours."""
        if not self.raw or not self.value:
            return None
        return self.value / self.raw if self.unit.endswith("/s") else self.raw / self.value


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of all lie."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def report(measures: Sequence[Measure], folder: Path, notes: Sequence[str]) -> Path:
    """Print the table, write `folder/<time>.json`; returns the file."""
    table = Table("what", "value", "unit", "raw", "ratio", "raw limit")
    for m in measures:
        ratio = f"{m.ratio:.2f}" if m.ratio else ""
        raw = f"{m.raw:,.1f}" if m.raw else ""
        table.add_row(m.what, f"{m.value:,.1f}", m.unit, raw, ratio, m.raw_what)
    console = Console(width=150)
    console.print(table)
    for note in notes:
        console.print(note, highlight=False)
    now = datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{now:%Y%m%dT%H%M%SZ}.json"
    machine = {"system": platform.platform(), "python": platform.python_version(), "time": now.isoformat()}
    body = {m.key: {**asdict(m), "ratio": m.ratio} for m in measures}
    file.write_text(json.dumps({**body, "machine": machine, "notes": list(notes)}, indent=1))
    return file
