"""Putting what was received onto Kafka, sealed, before anybody is told that it was taken."""

import hashlib
from collections.abc import Sequence
from typing import Literal
from uuid import uuid4

from services.his_adapter.definitions import site_of
from services.his_adapter.formats.common.apart import apart
from services.his_adapter.formats.whose import attributed
from services.his_adapter.settings import HisSettings
from shared.bus.producer import BATCH_BYTES
from shared.bus.topics import most_bytes, topic_name
from shared.bus.writing import Out, TooLarge, fits, send_spread
from shared.ciphers import mac
from shared.contracts.base import Event
from shared.contracts.his_adapter import FeedAdvanced, HospitalMessageReceived
from shared.envelope import Envelope
from shared.host.deps import Deps
from shared.ids import derive
from shared.problems import Problem
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
    """A message as it is stored. The same from the same sender (and `also`) is the same message, whenever it comes.

    `shown_as` is written in place of a control id that names a patient.
    """
    digest, named = mac(deps.settings.keys.site_key, raw).hex(), (format.removesuffix("v2"), sender, control_id)
    return HospitalMessageReceived(
        at=deps.clock(),
        message_id=derive(*named, digest, *also),
        former_id=derive(*named, hashlib.sha256(raw).hexdigest(), *also),
        sender=sender,
        site=site or HisSettings.of(deps.settings).mllp.site,
        format=format,
        message_type=kind,
        control_id=shown_as or control_id,
        body_hash=digest[:32],
        historical=historical,
        text=text,
    )


async def store(deps: Deps, messages: Sequence[HospitalMessageReceived], headers: Headers) -> None:
    """All of them, those of one sender in order; returns once they are durable. Raises `TooLarge`.

    Each is sealed for the patients whom it names. Raises a `Problem` (503) where one of them was erased meanwhile: what
    is sealed for nobody was not taken, and is taken when it is sent again.
    """
    key, definitions = deps.settings.keys.site_key, deps.definitions.snapshot
    told = await apart(
        sum(len(each.text or "") for each in messages),
        lambda: [attributed(key, site_of(definitions, each.site), each) for each in messages],
    )
    await _write(deps, [(each.message_id, each) for each in told], headers)


async def note(deps: Deps, advanced: FeedAdvanced) -> None:
    """How far a feed was read."""
    await _write(deps, [(str(uuid4()), advanced)], [])


async def _write(deps: Deps, events: Sequence[tuple[str, Event]], headers: Headers) -> None:
    envelopes = [
        Envelope(
            event,
            id=id,
            source="/careloop/his-adapter",
            time=event.at,
            recorded=event.at,
            correlation_id=id,
            causation_id=id,
        )
        for id, event in events
    ]
    values, keys = await deps.codec.sealed(envelopes)
    outs = [Out(event.key, value, headers) for (_, event), value in zip(events, values, strict=True)]
    topic = topic_name("his-adapter", "raw")
    room = most_bytes(topic) - BATCH_BYTES
    if large := [id for (id, _), out in zip(events, outs, strict=True) if not fits([out], room)]:
        raise TooLarge(large)
    await send_spread(deps.producer, topic, deps.settings.kafka.partitions, outs)
    if not await deps.ring.still(keys):
        raise Problem(503, "erased-meanwhile", "a patient of it was erased while it came in: send it again")
