"""The place of a refusal in the message it is about, for whoever repairs it."""

import re

from services.his_adapter.formats.hl7.message import lines

_PLACE = re.compile(r"([A-Z][A-Z0-9]{2})-(\d+)")


def pointed(text: str, detail: str) -> list[str]:
    """The segments that a refusal names (`PID-3: …`), its field between ⟦ and ⟧; a sentence where there is none."""
    place = _PLACE.match(detail)
    if place is None or not (head := re.search(r"MSH([^A-Za-z0-9\s])", text)):
        return []
    name, bar = place[1], head[1]
    named = [line for line in lines(text) if line.startswith(name + bar)]
    return [_marked(line.split(bar), int(place[2]), bar) for line in named] or [f"the message has no {name} segment"]


def _marked(fields: list[str], number: int, bar: str) -> str:
    at = number - 1 if fields[0] == "MSH" and number else number
    padded = [*fields, *[""] * (at + 1 - len(fields))]
    return bar.join([*padded[:at], f"⟦{padded[at]}⟧", *padded[at + 1 :]])
