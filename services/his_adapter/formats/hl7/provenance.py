"""Find which field of a message each value of its facts comes from.

Every component is altered and removed in turn and the message translated again: values that change depend on it. This
needs no table to maintain and works for every mapping and message type.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.hl7.checking import translated_parts
from services.his_adapter.formats.hl7.message import Broken, Hl7Message, parse
from shared.contracts.base import Part

Leaf = tuple[str, str]
"""Type and number of a fact (`ChargePosted 2`), and the path of a value in it (`patient.name`)."""


def origins(text: str, site: Site, site_key: bytes) -> dict[Leaf, list[str]]:
    """Return, for each value of each fact, the fields of the message it depends on (`PID-5.1`). Raises `Broken`."""
    message = parse(text)
    original = leaves(translated_parts(message, site, site_key))
    places: dict[Leaf, list[str]] = {leaf: [] for leaf in original}
    for place, variant in _variants(message):
        try:
            altered = leaves(translated_parts(variant, site, site_key))
        except Broken:
            continue  # the component is required: nothing to compare
        for leaf, value in original.items():
            if altered and altered.get(leaf) != value and place not in places[leaf]:
                places[leaf].append(place)
    return places


def leaves(facts: Sequence[Part]) -> dict[Leaf, str]:
    """Return every non-empty value of the facts."""
    counts: Counter[str] = Counter()
    values: dict[Leaf, str] = {}
    for fact in facts:
        kind = type(fact).__name__
        counts[kind] += 1
        name = f"{kind} {counts[kind]}" if counts[kind] > 1 else kind
        values |= {(name, path): value for path, value in _flat(fact.model_dump(mode="json"), "")}
    return values


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from _flat(inner, f"{path}.{name}" if path else str(name))
    if not isinstance(value, dict | list) and value not in ("", None):
        yield path, str(value)


def _variants(message: Hl7Message) -> Iterator[tuple[str, Hl7Message]]:
    """Yield, for each component except those of MSH-9, the message with it altered and the message without it."""
    counts: Counter[str] = Counter()
    component = message.delimiters.component
    for index, fields in enumerate(message.segments):
        name = fields[0]
        counts[name] += 1
        shown = f"{name}[{counts[name]}]" if counts[name] > 1 else name
        for number in range(2 if name == "MSH" else 1, len(fields)):
            parts, field = fields[number].split(component), number + (name == "MSH")
            for place, part in enumerate(parts):
                path = f"{shown}-{field}.{place + 1}" if len(parts) > 1 else f"{shown}-{field}"
                for replacement in (_altered(part), "") if part and (name, field) != ("MSH", 9) else ():
                    yield (
                        path,
                        _with(
                            message, index, number, component.join([*parts[:place], replacement, *parts[place + 1 :]])
                        ),
                    )


def _with(message: Hl7Message, index: int, number: int, value: str) -> Hl7Message:
    fields = message.segments[index]
    changed = [*fields[:number], value, *fields[number + 1 :]]
    return Hl7Message([*message.segments[:index], changed, *message.segments[index + 1 :]], message.delimiters)


def _altered(part: str) -> str:
    """Return a different value of the same kind: the last digit changed, else one letter appended."""
    if part.isascii() and part[-1].isdecimal():
        return f"{part[:-1]}{int(part[-1]) - 1 if part[-1] > '0' else 1}"
    return f"{part}X"
