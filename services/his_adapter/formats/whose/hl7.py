"""Patients of HL7 v2 messages: PID, MRG and QPD; of a malformed message the lines that look like these segments."""

from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.hl7.message import Broken, Hl7Message, lines, parse
from services.his_adapter.formats.hl7.translate.context import NUMBERS, MessageContext
from services.his_adapter.formats.whose.limit import limited

PLACES = (("PID", NUMBERS), ("MRG", (1, 2, 4)), ("QPD", (3,)))
"""Segments and fields that hold patient identifiers, in any message type."""
BARE, BARS = "MSH|^~\\&|", tuple(f"{name}|" for name, _ in PLACES)


def of_hl7(site_key: bytes, site: Site, raw: bytes) -> tuple[str, ...]:
    """Return the keys of the patients of a message."""
    message = _parsed(raw.decode(errors="replace"))
    context = MessageContext(site_key, site, "", False, message)
    segments = ((segment, fields) for name, fields in PLACES for segment in message.all(name))
    numbers = (number for segment, fields in segments for field in fields for number in context.numbers(segment, field))
    return limited(number.key for number in numbers)


def _parsed(text: str) -> Hl7Message:
    try:
        return parse(text)
    except Broken:
        return parse("\r".join([BARE, *(line for line in lines(text) if line[:4] in BARS)]), whole=False)
