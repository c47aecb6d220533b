"""What a search shows of somebody whom the caller may not read: enough to ask them whether it is they."""

from typing import Any


def masked(identity: dict[str, Any]) -> dict[str, Any]:
    """Name, masked phones and year of birth of an identity as a read model holds it, and nothing else."""
    return {
        "name": identity.get("name"),
        "phones": [masked_phone(phone) for phone in identity.get("phones") or ()],
        "birth_year": str(identity.get("birth_date") or "")[:4] or None,
    }


def masked_phone(phone: str) -> str:
    """`138****1111`: the first 3 and last 4 of 11 signs and more, the last 2 of 7 to 10, of a shorter one nothing."""
    size = len(phone)
    first, last = (3, 4) if size >= 11 else (0, 2) if size >= 7 else (0, 0)
    return phone[:first] + "*" * (size - first - last) + phone[size - last :]
