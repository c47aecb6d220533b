"""How many patients one message may name."""

from collections.abc import Iterable

MOST = 10_000
"""Each is a row of the key store. A day's list of a large hospital has some thousand."""


def few(patients: Iterable[str]) -> tuple[str, ...]:
    """Each once. Of more than `MOST` none: such a message is nobody's, and goes with its term."""
    some = dict[str, None]()
    for patient in patients:
        some[patient] = None
        if len(some) > MOST:
            return ()
    return tuple(some)
