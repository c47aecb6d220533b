"""HL7 v2: every PID, what is merged, who is asked about; of a broken message the lines that look like them."""

from services.his_adapter.definitions import Site
from services.his_adapter.formats.hl7.message import Broken, Message, lines, parse
from services.his_adapter.formats.hl7.translate.context import NUMBERS, Context
from services.his_adapter.formats.whose.few import few

PLACES = (("PID", NUMBERS), ("MRG", (1, 2, 4)), ("QPD", (3,)))
"""Where a patient is named by number, in whatever message."""
BARE, BARS = "MSH|^~\\&|", tuple(f"{name}|" for name, _ in PLACES)


def of_hl7(site_key: bytes, site: Site, raw: bytes) -> tuple[str, ...]:
    """The patients of a message."""
    message = _parsed(raw.decode(errors="replace"))
    context = Context(site_key, site, "", False, message)
    segments = ((segment, fields) for name, fields in PLACES for segment in message.all(name))
    found = (number for segment, fields in segments for field in fields for number in context.numbers(segment, field))
    return few(number.key for number in found)


def _parsed(text: str) -> Message:
    try:
        return parse(text)
    except Broken:
        return parse("\r".join([BARE, *(line for line in lines(text) if line[:4] in BARS)]), whole=False)
