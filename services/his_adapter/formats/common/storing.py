"""Write received messages to Kafka, encrypted, before they are acknowledged."""

import hashlib
from collections.abc import Sequence
from typing import Literal

from services.his_adapter.formats.common.threads import in_thread_if_large
from services.his_adapter.formats.definitions import site_of
from services.his_adapter.formats.projections import MESSAGES_COLLECTION
from services.his_adapter.formats.settings import FormatSettings
from services.his_adapter.formats.whose import attributed
from shared.ciphers import mac
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.host.deps import Deps
from shared.ids import derive
from shared.problems import Problem
from shared.raw import write_raw
from shared.telemetry import Headers


def received(
    deps: Deps,
    raw: bytes,
    text: str,
    *,
    format: Literal["hl7v2", "fhir", "queue", "cda"],
    sender: str,
    kind: str,
    control_id: str,
    shown_as: str = "",
    site: str = "",
    historical: bool = False,
    also: Sequence[object] = (),
) -> HospitalMessageReceived:
    """Build the event of a received message.

    Its id is derived from format, sender, control id, content and `also`, so that a repeat has the same id. `shown_as`
    is stored instead of a control id that identifies a patient.
    """
    digest, identity = mac(deps.settings.keys.site_key, raw).hex(), (format.removesuffix("v2"), sender, control_id)
    return HospitalMessageReceived(
        at=deps.clock(),
        message_id=derive(*identity, digest, *also),
        former_id=derive(*identity, hashlib.sha256(raw).hexdigest(), *also),
        sender=sender,
        site=site or FormatSettings.of(deps.settings).mllp.site,
        format=format,
        message_type=kind,
        control_id=shown_as or control_id,
        body_hash=digest[:32],
        historical=historical,
        text=text,
    )


async def store(deps: Deps, messages: Sequence[HospitalMessageReceived], headers: Headers) -> None:
    """Write messages to Kafka, those of one sender in order; returns once they are durable. Raises `TooLarge`.

    Each is encrypted with the data keys of the patients it names. Raises a `Problem` (503) if one of these patients was
    erased meanwhile: the message then cannot be decrypted and must be sent again.
    """
    key, definitions = deps.settings.keys.site_key, deps.definitions.snapshot
    with_patients = await in_thread_if_large(
        sum(len(message.text or "") for message in messages),
        lambda: [attributed(key, site_of(definitions, message.site), message) for message in messages],
    )
    keys = await write_raw(deps, [(message.message_id, message) for message in with_patients], headers)
    if not await deps.ring.still(keys):
        raise Problem(503, "erased-meanwhile", "a patient of it was erased while it came in: send it again")


async def stored_before(deps: Deps, ids: Sequence[str]) -> set[str]:
    """Return those of these message ids that were stored before, by the read model (which may lag behind)."""
    return {
        row["_id"] async for row in deps.database[MESSAGES_COLLECTION].find({"_id": {"$in": list(ids)}}, {"_id": 1})
    }
