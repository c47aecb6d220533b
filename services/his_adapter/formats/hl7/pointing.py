"""Mark the field that a refusal names in the refused message, for the person who repairs it."""

import re

from services.his_adapter.formats.hl7.message import lines

_PLACE = re.compile(r"([A-Z][A-Z0-9]{2})-(\d+)")


def pointed(text: str, detail: str) -> list[str]:
    """Return the segments that `detail` (`PID-3: …`) names, with the field in ⟦ and ⟧; a sentence if there are none."""
    place = _PLACE.match(detail)
    if place is None or not (msh := re.search(r"MSH([^A-Za-z0-9\s])", text)):
        return []
    name, separator = place[1], msh[1]
    segments = [line for line in lines(text) if line.startswith(name + separator)]
    return [_marked(line.split(separator), int(place[2]), separator) for line in segments] or [
        f"the message has no {name} segment"
    ]


def _marked(fields: list[str], number: int, separator: str) -> str:
    index = number - 1 if fields[0] == "MSH" and number else number
    padded = [*fields, *[""] * (index + 1 - len(fields))]
    return separator.join([*padded[:index], f"⟦{padded[index]}⟧", *padded[index + 1 :]])
