"""Write HL7 v2: segments from fields by number, escaped, and messages with their MSH."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.his_adapter.formats.hl7.ack import USUAL
from services.his_adapter.formats.hl7.message import escape

Value = str | Sequence[str]
"""A field, or the components of a field."""


def segment(name: str, fields: Mapping[int, Value]) -> str:
    """Return a segment with these fields, by number; delimiters in their values are escaped."""
    last = max((number for number, value in fields.items() if _encoded(value)), default=0)
    return "|".join([name, *(_encoded(fields.get(number, "")) for number in range(1, last + 1))])


def _encoded(value: Value) -> str:
    parts = [value] if isinstance(value, str) else value
    return "^".join(escape(part, USUAL) for part in parts).rstrip("^")


def stamp(at: datetime) -> str:
    """Format a time with its offset (DTM)."""
    return at.strftime("%Y%m%d%H%M%S%z")


def message(head: Mapping[int, Value], *segments: str) -> str:
    """Return a message: MSH with the fields of `head` (by number, from MSH-3), and the other segments."""
    msh = segment("MSH", {number - 1: value for number, value in head.items() if number > 2} | {1: "\0"})
    return "\r".join([msh.replace("\0", "^~\\&", 1), *filter(None, segments), ""])
