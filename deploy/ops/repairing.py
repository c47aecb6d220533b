"""Which repaired content may be sent instead of a refused record: of a hospital's message, by its own senders.

Any other record says in its bytes who acts, so whoever replaces them could act as anybody.
"""

from typing import NoReturn

from deploy.operating.redrive import passes_door
from services.his_adapter.formats.resending import as_bytes, spoken_for
from shared.deadletter import DeadLetter
from shared.problems import Problem

BY_COMMAND = "`careloop dlq redrive ID --file FILE` on the host sends any bytes"


def senders_of(letter: DeadLetter, original: bytes | None) -> tuple[str, ...]:
    """Return the senders for whom a letter may pass the door again; `original` is None if it cannot be decrypted."""
    if original is None:
        return (letter.key,) if letter.key else ()
    return spoken_for(original, letter.key)


def repaired_bytes(letter: DeadLetter, content: str, senders: tuple[str, ...]) -> bytes:
    """Return the bytes to send for a repaired `content`. Raises a 422 problem if they may not be sent.

    `senders`: those of the original.
    """
    if not passes_door(letter):
        _refuse("repair-not-taken", f"only a message of a hospital is repaired here; {BY_COMMAND}")
    value = as_bytes(content)
    named = spoken_for(value, letter.key)
    if set(named) != set(senders) or (not named and not value.lstrip().startswith((b"{", b"<"))):
        who, whose = ", ".join(named) or "nobody", ", ".join(senders) or "nobody"
        _refuse("sender-changed", f"it is sent by {who}, the original by {whose}: keep MSH-3 and MSH-4; {BY_COMMAND}")
    return value


def _refuse(slug: str, reason: str) -> NoReturn:
    errors = [{"field": "content", "problem": reason}]
    raise Problem(422, slug, f"`content`: {reason}", errors=errors)
