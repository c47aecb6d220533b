"""Keeping what cannot be taken, with the reason, before anybody is told that it was not."""

from services.his_adapter.definitions import Site, site_of
from services.his_adapter.formats.common.apart import apart
from services.his_adapter.formats.whose import of_refused
from services.his_adapter.settings import HisSettings
from shared.ciphers import mac
from shared.codec import Refusal
from shared.definitions import Definitions
from shared.host.deps import Deps


async def refuse(deps: Deps, raw: bytes, refusal: Refusal, where: str, sender: str) -> None:
    """Bytes that cannot be taken, kept as a dead letter with the reason; the same bytes are the same letter.

    It goes with the patients whom they name, as far as that can be read.
    """
    key, definitions = deps.settings.keys.site_key, deps.definitions.snapshot
    site = site_of_refused(definitions, HisSettings.of(deps.settings).mllp.site, where, sender)
    whose = await apart(len(raw), lambda: of_refused(key, site, where, raw, sender, definitions))
    place = f"{where}/{mac(key, raw).hex()}"
    await deps.letters.keep(_Bytes(raw, place, sender), refusal, f"his-adapter.{where}", whose)


def site_of_refused(definitions: Definitions, id: str, where: str, sender: str) -> Site:
    """The mapping by which the patients of what was refused are named: as of what is taken there."""
    return site_of(definitions, id, sender if where == "mllp" else "")


class _Bytes:
    """Raw bytes as the dead letters know a record."""

    def __init__(self, raw: bytes, where: str, sender: str) -> None:
        self.value, self.headers, self.key = raw, (), sender.encode()
        self.topic, self.partition, self.offset = where, 0, 0
