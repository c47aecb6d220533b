"""HL7 for tests: segments by field number, and the corpus of messages others wrote."""

import os
from pathlib import Path

from deploy.cli.his import hl7_files

CORPUS = Path(os.environ.get("CARELOOP_HL7_CORPUS", Path(__file__).parents[3] / "shared" / "hl7-samples"))
NO_CORPUS = f"no HL7 corpus at {CORPUS}: set CARELOOP_HL7_CORPUS"


def segment(name: str, fields: dict[int, str]) -> str:
    """A segment with these fields."""
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields) + 1))])


def corpus() -> list[Path]:
    """Every file of the corpus, in order."""
    return hl7_files(CORPUS)[0]
