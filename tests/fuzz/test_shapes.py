"""Input made to cost: as large as is taken, and read or refused within limits that the kernel holds."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.fuzz import FULL, fhir, hl7, texts, xml
from tests.support.limits import OverLimit, held, preload

SECONDS, MEBIBYTES = (15, 768) if FULL else (4, 256)
READERS: list[tuple[str, Callable[[Any], Any], dict[str, Callable[[], Any]]]] = [
    ("HL7", hl7.judged, hl7.FIELDS | hl7.SEGMENTS),
    ("MLLP", hl7.framed, hl7.STREAMS),
    ("SOAP", xml.called, xml.CALLS),
    ("CDA", xml.translated, xml.DOCUMENTS),
    ("FHIR", fhir.read, fhir.ONES),
    ("bundle", fhir.unpacked, fhir.BUNDLES),
    ("whose FHIR", fhir.named, fhir.ONES | fhir.BUNDLES | fhir.NAMING),
    ("identity", texts.identified, texts.WORDS),
    ("condition", texts.decided, texts.CONDITIONS),
    ("template", texts.written, texts.TEMPLATES),
    ("definition", texts.applied, texts.FILES),
    ("JSON", texts.parsed, texts.OTHERS),
]
"""Each reader takes its shapes one by one, found again by name in the child: a shape may be a lambda."""
preload("tests.fuzz.test_shapes")


@pytest.mark.parametrize(
    ("reader", "shape"),
    [pytest.param(n, s, id=f"{READERS[n][0]}: {s}") for n in range(len(READERS)) for s in READERS[n][2]],
)
def test_nothing_costs_more_than_its_size(reader: int, shape: str) -> None:
    held(SECONDS, MEBIBYTES, Build(reader, shape), Read(reader))


class Build:
    """Builds a shape in the child process."""

    def __init__(self, reader: int, shape: str) -> None:
        self._reader, self._shape = reader, shape

    def __call__(self) -> Any:
        return READERS[self._reader][2][self._shape]()


class Read:
    """Reads a shape in the child process."""

    def __init__(self, reader: int) -> None:
        self._reader = reader

    def __call__(self, given: Any) -> Any:
        return READERS[self._reader][1](given)


def forever() -> None:
    while True:
        pass


def everything() -> int:
    return len([bytearray(1 << 20) for _ in range(4096)])


@pytest.mark.parametrize("greedy", [forever, everything])
def test_the_limits_hold(greedy: Callable[[], Any]) -> None:
    with pytest.raises(OverLimit):
        held(0, 64, int, Call(greedy))


class Call:
    """Calls a function without the shape it is given."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work

    def __call__(self, given: Any) -> Any:
        return self._work()
