"""Ids derive from causes (RFC 9562 version 5), so doing a thing twice names it the same twice."""

import hashlib
from uuid import UUID

from shared.ciphers import mac

_ROOT = hashlib.sha1(UUID("6f0d2c5e-2b0a-5c39-9d0e-0c6a7e1b5f11").bytes, usedforsecurity=False)


def derive(*parts: object) -> str:
    """The id that follows from `parts`; their order counts, and so does where one ends.

    What `uuid.uuid5` gives, four times as fast: every event, command and outcome is named here.
    """
    digest = _ROOT.copy()
    digest.update("\x1f".join(map(str, parts)).encode())
    raw = digest.hexdigest()
    variant = "89ab"[int(raw[16], 16) & 3]
    return f"{raw[:8]}-{raw[8:12]}-5{raw[13:16]}-{variant}{raw[17:20]}-{raw[20:32]}"


def inbox_id(source: str, id: str) -> str:
    """The id under which a record of an inbox is known here: outside ids are unique within their source only."""
    return derive("inbox", source, id)


def identifier_key(site_key: bytes, system: str, value: str) -> str:
    """The name under which an identifier may be stored: HMAC-SHA-256 of `system|value`, 32 hex digits.

    Case and blanks at the ends of `value` do not count, since hospital systems disagree about them.
    """
    text = f"{system.strip().lower()}|{value.strip().upper()}"
    return mac(site_key, text.encode()).hex()[:32]
