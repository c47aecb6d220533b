"""Which field of a message says what in our words: each is altered and left out in turn; what changes came from it.

No table to keep up: the translation itself is asked, so the answer holds for every mapping and every family.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from services.his_adapter.definitions import Site
from services.his_adapter.formats.hl7.checking import said
from services.his_adapter.formats.hl7.message import Broken, Message, parse
from shared.contracts.base import Part

Leaf = tuple[str, str]
"""A fact by type and turn (`ChargePosted 2`), and the path of a value in it (`patient.name`)."""


def origins(text: str, site: Site, site_key: bytes) -> dict[Leaf, list[str]]:
    """For each value of each fact the places in the message it depends on (`PID-5.1`). Raises `Broken`."""
    message = parse(text)
    whole = leaves(said(message, site, site_key))
    found: dict[Leaf, list[str]] = {leaf: [] for leaf in whole}
    for place, variant in _variants(message):
        try:
            left = leaves(said(variant, site, site_key))
        except Broken:
            continue  # it says whether there is anything to say
        for leaf, value in whole.items():
            if left and left.get(leaf) != value and place not in found[leaf]:
                found[leaf].append(place)
    return found


def leaves(facts: Sequence[Part]) -> dict[Leaf, str]:
    """Every value of every fact that is not empty."""
    turns: Counter[str] = Counter()
    found: dict[Leaf, str] = {}
    for fact in facts:
        kind = type(fact).__name__
        turns[kind] += 1
        name = f"{kind} {turns[kind]}" if turns[kind] > 1 else kind
        found |= {(name, path): value for path, value in _flat(fact.model_dump(mode="json"), "")}
    return found


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from _flat(inner, f"{path}.{name}" if path else str(name))
    if not isinstance(value, dict | list) and value not in ("", None):
        yield path, str(value)


def _variants(message: Message) -> Iterator[tuple[str, Message]]:
    """The message with each component but those of MSH-9 altered, and without it, one at a time."""
    turns: Counter[str] = Counter()
    component = message.delimiters.component
    for at, fields in enumerate(message.segments):
        name = fields[0]
        turns[name] += 1
        shown = f"{name}[{turns[name]}]" if turns[name] > 1 else name
        for number in range(2 if name == "MSH" else 1, len(fields)):
            parts, field = fields[number].split(component), number + (name == "MSH")
            for place, part in enumerate(parts):
                path = f"{shown}-{field}.{place + 1}" if len(parts) > 1 else f"{shown}-{field}"
                for other in (_altered(part), "") if part and (name, field) != ("MSH", 9) else ():
                    yield path, _with(message, at, number, component.join([*parts[:place], other, *parts[place + 1 :]]))


def _with(message: Message, at: int, number: int, value: str) -> Message:
    fields = message.segments[at]
    changed = [*fields[:number], value, *fields[number + 1 :]]
    return Message([*message.segments[:at], changed, *message.segments[at + 1 :]], message.delimiters)


def _altered(part: str) -> str:
    """Another value of the same kind: the last digit counted down or up, else a letter more."""
    if part.isascii() and part[-1].isdecimal():
        return f"{part[:-1]}{int(part[-1]) - 1 if part[-1] > '0' else 1}"
    return f"{part}X"
