"""HL7 v2 on one core: splitting, and translating into facts, beside a bare split into segments and fields."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from bench.measure import Measure
from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.hl7 import translate
from services.his_adapter.formats.hl7.message import parse
from tests.support.systems import Patient

SITE = Site(id="bench", version=1, authority="CITY-HOSPITAL")
KEY = bytes(32)


def measures(count: int) -> list[Measure]:
    """Admissions a second, each of another patient."""
    now = datetime.now(UTC)
    texts = [Patient.new().says("ADT^A01", "BENCH", now) for _ in range(count)]
    bare = _rate(texts, lambda text: [line.split("|") for line in text.split("\r")])
    split = _rate(texts, parse)
    facts = _rate(texts, lambda text: translate.facts(KEY, SITE, parse(text), "bench"))
    return [
        Measure("hl7_split", "HL7 v2 split", split, "messages/s", bare, "str.split by CR and |"),
        Measure("hl7_facts", "HL7 v2 translated into facts", facts, "messages/s", bare, "str.split by CR and |"),
    ]


def _rate(texts: list[str], work: Callable[[str], object]) -> float:
    began = time.monotonic()
    for text in texts:
        work(text)
    return len(texts) / (time.monotonic() - began)
