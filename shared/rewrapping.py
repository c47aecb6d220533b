"""All data keys come under the current master, page by page, while everything runs.

Each key is exchanged only where it is still what was read: one destroyed meanwhile stays destroyed. What was done
before a kill is done; the next run passes it over.
"""

from collections.abc import Callable

from shared.keystore import KeyStore
from shared.masters import Masters

PAGE = 1000


async def rewrap(store: KeyStore, masters: Masters, say: Callable[[int], None] = lambda done: None) -> int:
    """Return once a look through the whole store finds nothing under another master; how many keys were re-wrapped.

    `say` hears the count after each page. Raises `WrongMasterKey` where a key is under a master nobody named, and
    ValueError where the current master is a short one.
    """
    if masters.short:
        raise ValueError("CARELOOP_KEYS__MASTER has 16 bytes: re-wrap under one of 32, `careloop keys new` makes it")
    done = 0
    while (exchanged := await _once(store, masters, done, say)) is not None:
        done += exchanged
    return done


async def _once(store: KeyStore, masters: Masters, before: int, say: Callable[[int], None]) -> int | None:
    """How many were exchanged on one way through the store; None where there was none to exchange."""
    exchanged, after, seen = 0, "", False
    while rows := await store.outdated(masters.kid, after, PAGE):
        exchanges = [(id, wrapped, masters.wrap(masters.unwrap(wrapped))) for id, wrapped in rows]
        exchanged += await store.exchange(exchanges)
        after, seen = rows[-1][0], True
        say(before + exchanged)
    return exchanged if seen else None
