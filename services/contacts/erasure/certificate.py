"""The certificate of an erasure: which data keys are destroyed and what is left; computed anew for every request."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from shared.projector import public
from shared.sealing import KeyRing


async def certificate(ring: KeyRing, erasure: dict[str, Any]) -> dict[str, Any]:
    """Compute the certificate from the document of an erasure.

    `carried_out`: every key of the erasure and every key tied to one is destroyed. `residue`: data that no erasure can
    reach, by `kind`, with its `count` and the time when the last of it `expires`: messages and dead letters without a
    known person, numbers that no record has, and undecided inputs, of anybody; and numbers that this person shares with
    somebody else, which never expire. Shared numbers make an erasure not `complete`; the other residue does not, as
    it is unknown whether it belongs to this person.
    """
    keys = erasure["keys"]
    versions = await ring.versions(keys)
    destroyed = all(versions.get(key) is False for key in keys)  # later keys do not count
    carried_out = destroyed and not erasure.get("left") and not await ring.stranded()
    shared = await _shared_residue(ring, erasure.get("shared", ()))
    return {
        **{name: value for name, value in public(erasure).items() if name != "shared"},
        "keys_destroyed": list(versions.values()).count(False),
        "carried_out": carried_out,
        "complete": carried_out and not shared,
        "residue": [*shared, *await _unowned_residue(ring)],
    }


async def _shared_residue(ring: KeyRing, shared: Iterable[str]) -> list[dict[str, Any]]:
    count = list((await ring.versions(shared)).values()).count(True)
    return [{"kind": "shared-number", "count": count, "expires": None}] if count else []


async def _unowned_residue(ring: KeyRing) -> list[dict[str, Any]]:
    return [
        {"kind": part.kind, "count": part.count, "expires": datetime.fromtimestamp(part.until, UTC).isoformat()}
        for part in await ring.residue()
    ]
