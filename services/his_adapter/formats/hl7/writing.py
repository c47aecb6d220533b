"""HL7 v2 out: segments by field number, escaped; messages with their header."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.his_adapter.formats.hl7.ack import USUAL
from services.his_adapter.formats.hl7.message import escape

Value = str | Sequence[str]
"""A field, or its components."""


def segment(name: str, fields: Mapping[int, Value]) -> str:
    """A segment with these fields; what would be a delimiter is escaped."""
    last = max((number for number, value in fields.items() if _written(value)), default=0)
    return "|".join([name, *(_written(fields.get(number, "")) for number in range(1, last + 1))])


def _written(value: Value) -> str:
    parts = [value] if isinstance(value, str) else value
    return "^".join(escape(part, USUAL) for part in parts).rstrip("^")


def stamp(at: datetime) -> str:
    """A time with its offset (DTM)."""
    return at.strftime("%Y%m%d%H%M%S%z")


def message(head: Mapping[int, Value], *segments: str) -> str:
    """MSH with `head` (by field number, from MSH-3), and the other segments."""
    msh = segment("MSH", {number - 1: value for number, value in head.items() if number > 2} | {1: "\0"})
    return "\r".join([msh.replace("\0", "^~\\&", 1), *filter(None, segments), ""])
