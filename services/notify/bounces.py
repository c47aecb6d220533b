"""Why a mail came back: of what relays say only the code is kept, as their texts hold addresses and names."""

import re

_ENHANCED = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_BASIC = re.compile(r"(?<![\d.])[245][0-5]\d(?!\.?\d)")
UNNAMED = "bounced"


def code_of(reason: str) -> str:
    """`smtp-5.1.1` (RFC 3463), else `smtp-550` (RFC 5321), else `bounced`."""
    found = _ENHANCED.search(reason) or _BASIC.search(reason)
    return f"smtp-{found[0]}" if found else UNNAMED
