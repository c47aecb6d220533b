"""The set of touchpoints that were resolved, kept for ever at about 20 bytes each.

A sender may repeat a touchpoint at any time, when its phone may belong to somebody else: without this set it would be
resolved again, possibly to a second person. Hospital facts are not kept here, as his_adapter publishes each of them
once.
"""

from immutables import Map

from services.contacts.identifying.input_digests import digest, knows, with_digest

SIGNS = 3
"""Length of the digest prefix that the digests are grouped by (one text per prefix)."""


def was_answered(answered: Map[str, str], input_id: str) -> bool:
    """Whether an input was resolved."""
    name = digest(input_id)
    return knows(answered.get(name[:SIGNS], ""), {}, name)


def with_answer(answered: Map[str, str], input_id: str) -> Map[str, str]:
    """Add an input."""
    name = digest(input_id)
    return answered.set(name[:SIGNS], with_digest(answered.get(name[:SIGNS], ""), name))
