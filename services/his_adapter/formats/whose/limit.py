"""How many patients one message may name."""

from collections.abc import Iterable

MAX_PATIENTS = 10_000
"""Each patient needs a row in the key store. A daily list of a large hospital has a few thousand."""


def limited(patients: Iterable[str]) -> tuple[str, ...]:
    """Remove duplicates. Return none above `MAX_PATIENTS`: such a message is only deleted by its retention."""
    unique = dict[str, None]()
    for patient in patients:
        unique[patient] = None
        if len(unique) > MAX_PATIENTS:
            return ()
    return tuple(unique)
