"""Whom a record names that cannot be used: so that an erasure reaches its dead letter."""

from datetime import date

import orjson

from services.contacts.identifying.keys import Keys


def named_in(keys: Keys, value: bytes | None) -> tuple[str, ...]:
    """What the people in a client's touchpoint are known by, as far as that can be read."""
    try:
        told = orjson.loads(value or b"")
        numbers = told.get("data", told)["identifiers"]
        known = [(str(each["system"]), str(each["value"])) for each in numbers if each.get("value")]
        return tuple(dict.fromkeys(key for number in known for key in keys.searched(*number, date.max)))
    except (ValueError, TypeError, KeyError, AttributeError):
        return ()
