"""What an erasure destroyed, what it leaves, and until when: computed over every key it reaches, each time anew."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from shared.projector import public
from shared.sealing import KeyRing


async def certificate(ring: KeyRing, erasure: dict[str, Any]) -> dict[str, Any]:
    """The certificate of an erasure, from its document.

    `carried_out`: every key that it names is destroyed, and all that are tied to one. `residue` is what nobody's
    erasure reaches, by `kind`, with its `count` and when the last of it `expires`: messages and dead letters that name
    nobody, numbers that no record holds and inputs that wait to be decided, whoever they are of; and numbers of this
    person that somebody else has too, which expire never. With one of these an erasure is not `complete`; with the
    former it is, since nobody knows whether they are of this person.
    """
    keys = erasure["keys"]
    lives = await ring.lives(keys)
    gone = all(lives.get(key) is False for key in keys)  # a number's next life is no part of it
    carried_out = gone and not erasure.get("left") and not await ring.stranded()
    shared = await _still_open(ring, erasure.get("shared", ()))
    return {
        **{name: value for name, value in public(erasure).items() if name != "shared"},
        "keys_destroyed": list(lives.values()).count(False),
        "carried_out": carried_out,
        "complete": carried_out and not shared,
        "residue": [*shared, *await _nobodys(ring)],
    }


async def _still_open(ring: KeyRing, shared: Iterable[str]) -> list[dict[str, Any]]:
    count = list((await ring.lives(shared)).values()).count(True)
    return [{"kind": "shared-number", "count": count, "expires": None}] if count else []


async def _nobodys(ring: KeyRing) -> list[dict[str, Any]]:
    return [
        {"kind": each.kind, "count": each.count, "expires": datetime.fromtimestamp(each.until, UTC).isoformat()}
        for each in await ring.residue()
    ]
