"""Whom a record names that cannot be used: so that an erasure reaches its dead letter."""

from datetime import date

import orjson

from services.contacts.registry.identifiers import Keys


def named_in(keys: Keys, value: bytes | None) -> tuple[str, ...]:
    """What the people in a touchpoint are known by, as far as that can be read: one that is wrong hides no other."""
    try:
        told = orjson.loads(value or b"")
        numbers = list(told.get("data", told)["identifiers"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return ()
    known = [(str(each.get("system")), each.get("value")) for each in numbers if isinstance(each, dict)]
    named = (key for system, number in known if number for key in keys.searched(system, str(number), date.max))
    return tuple(dict.fromkeys(named))
