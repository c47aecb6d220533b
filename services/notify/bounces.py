"""Reason codes of bounces: only the code of a relay's text is kept, as the text contains addresses and names."""

import re

_ENHANCED = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_BASIC = re.compile(r"(?<![\d.])[245][0-5]\d(?!\.?\d)")
UNNAMED = "bounced"


def code_of(reason: str) -> str:
    """`smtp-5.1.1` (RFC 3463), else `smtp-550` (RFC 5321), else `bounced`."""
    match = _ENHANCED.search(reason) or _BASIC.search(reason)
    return f"smtp-{match[0]}" if match else UNNAMED
