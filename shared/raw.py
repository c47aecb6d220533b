"""Write to the raw topic of a service: what came from outside, and how far polled sources were read."""

from collections.abc import Sequence

from shared.bus.producer import BATCH_BYTES
from shared.bus.topics import most_bytes, topic_name
from shared.bus.writing import Out, TooLarge, fits, send_spread
from shared.contracts.base import Event
from shared.envelope import Envelope
from shared.host.deps import Deps
from shared.sealing import LoadedKeys
from shared.telemetry import Headers


async def write_raw(deps: Deps, events: Sequence[tuple[str, Event]], headers: Headers) -> LoadedKeys:
    """Write events with their ids, encrypted, those of one key in order; return the data keys.

    Returns once they are durable. Raises `TooLarge` with the ids of the events that are.
    """
    slug = deps.service.slug
    envelopes = [
        Envelope(
            event,
            id=id,
            source=f"/careloop/{slug}",
            time=event.at,
            recorded=event.at,
            correlation_id=id,
            causation_id=id,
        )
        for id, event in events
    ]
    values, keys = await deps.codec.sealed(envelopes)
    outs = [Out(event.key, value, headers) for (_, event), value in zip(events, values, strict=True)]
    topic = topic_name(slug, "raw")
    limit = most_bytes(topic) - BATCH_BYTES
    if too_large := [id for (id, _), out in zip(events, outs, strict=True) if not fits([out], limit)]:
        raise TooLarge(too_large)
    await send_spread(deps.producer, topic, deps.settings.kafka.partitions, outs)
    return keys
