"""What a search shows of a person whom the caller may not read: enough to ask whether it is the right person."""

from typing import Any


def masked(identity: dict[str, Any]) -> dict[str, Any]:
    """Name, masked phones and year of birth of an identity in a read model, and nothing else."""
    return {
        "name": identity.get("name"),
        "phones": [masked_phone(phone) for phone in identity.get("phones") or ()],
        "birth_year": str(identity.get("birth_date") or "")[:4] or None,
    }


def masked_phone(phone: str) -> str:
    """`138****1111`: shows the first 3 and last 4 of 11 or more characters, the last 2 of 7 to 10, nothing of fewer."""
    size = len(phone)
    first, last = (3, 4) if size >= 11 else (0, 2) if size >= 7 else (0, 0)
    return phone[:first] + "*" * (size - first - last) + phone[size - last :]
