"""Store refused bytes as a dead letter with the reason, before the sender gets the refusal."""

from services.his_adapter.formats.common.threads import in_thread_if_large
from services.his_adapter.formats.definitions import Site, site_of
from services.his_adapter.formats.settings import FormatSettings
from services.his_adapter.formats.whose import of_refused
from shared.ciphers import mac
from shared.codec import Encoded, Refusal
from shared.definitions import Definitions
from shared.host.deps import Deps
from shared.refused_at import AtIntake


async def refuse(deps: Deps, raw: bytes, refusal: Refusal, where: str, sender: str) -> None:
    """Store bytes that cannot be accepted as a dead letter; the same bytes give the same letter.

    `where` is the intake (`mllp`, `fhir`, `soap`, `queue`, `table`). The letter is encrypted for the patients that can
    be read from the bytes, and is erased with them.
    """
    key, definitions = deps.settings.keys.site_key, deps.definitions.snapshot
    site = site_of_refused(definitions, FormatSettings.of(deps.settings).mllp.site, where, sender)
    patients = await in_thread_if_large(len(raw), lambda: of_refused(key, site, where, raw, sender, definitions))
    place = AtIntake(where, mac(key, raw).hex())
    record = Encoded(raw, key=sender.encode(), topic=str(place))
    await deps.letters.keep(record, refusal, f"his-adapter.{where}", patients)


def site_of_refused(definitions: Definitions, id: str, where: str, sender: str) -> Site:
    """Return the site whose mapping identifies the patients of refused bytes, the same as for accepted ones."""
    return site_of(definitions, id, sender if where == "mllp" else "")
