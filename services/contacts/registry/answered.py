"""Which touchpoints were answered: all of them and for ever, about 20 bytes each.

Whoever sent one may send it again at any time, when its phone may be somebody else's: it would be asked about, or
recorded of a second person. What hospitals say is not kept here: his_adapter tells it once.
"""

from immutables import Map

from services.contacts.heard import digest, knows, with_digest

SIGNS = 3
"""Digests lie in one text by so many of their first signs."""


def was_answered(answered: Map[str, str], input_id: str) -> bool:
    """Whether it is known who an input is about."""
    name = digest(input_id)
    return knows(answered.get(name[:SIGNS], ""), {}, name)


def with_answer(answered: Map[str, str], input_id: str) -> Map[str, str]:
    """With one more input."""
    name = digest(input_id)
    return answered.set(name[:SIGNS], with_digest(answered.get(name[:SIGNS], ""), name))
