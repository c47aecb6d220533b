"""Re-wraps all data keys with the current master key, page by page, while the system runs.

A key is replaced only if it is still as it was read: one that was destroyed meanwhile stays destroyed. After an
interruption the next run continues with the keys that are left.
"""

from collections.abc import Callable

from shared.keystore import KeyStore
from shared.masters import Masters

PAGE = 1000


async def rewrap(store: KeyStore, masters: Masters, say: Callable[[int], None] = lambda done: None) -> int:
    """Re-wrap until no key in the store is under another master key; returns how many were re-wrapped.

    `say` is called with the count after each page. Raises `WrongMasterKey` if a key is under an unknown master key, and
    ValueError if the current master key is a short one.
    """
    if masters.short:
        raise ValueError("CARELOOP_KEYS__MASTER has 16 bytes: re-wrap under one of 32, `careloop keys new` makes it")
    done = 0
    while (exchanged := await _once(store, masters, done, say)) is not None:
        done += exchanged
    return done


async def _once(store: KeyStore, masters: Masters, before: int, say: Callable[[int], None]) -> int | None:
    """How many keys one pass through the store replaced; None if none needed it."""
    exchanged, after, seen = 0, "", False
    while rows := await store.outdated(masters.kid, after, PAGE):
        exchanges = [(id, wrapped, masters.wrap(masters.unwrap(wrapped))) for id, wrapped in rows]
        exchanged += await store.exchange(exchanges)
        after, seen = rows[-1][0], True
        say(before + exchanged)
    return exchanged if seen else None
