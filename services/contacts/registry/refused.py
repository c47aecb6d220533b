"""Finds the people in a refused record, so that an erasure also reaches its dead letter."""

from datetime import date

import orjson

from services.contacts.registry.identifiers import IdentityKeys


def named_in(keys: IdentityKeys, value: bytes | None) -> tuple[str, ...]:
    """HMACs of the identifiers in a touchpoint, as far as it can be read; invalid identifiers are skipped."""
    try:
        document = orjson.loads(value or b"")
        numbers = list(document.get("data", document)["identifiers"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return ()
    pairs = [
        (str(identifier.get("system")), identifier.get("value"))
        for identifier in numbers
        if isinstance(identifier, dict)
    ]
    keys_found = (key for system, number in pairs if number for key in keys.searched(system, str(number), date.max))
    return tuple(dict.fromkeys(keys_found))
