"""Who is somebody, for a service whose API is told of a person: its own copy of who is registered.

What an API is asked about nobody is refused; the deciders that register people know for themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from aiokafka import TopicPartition

from shared.contracts.contacts import PersonDetailsChanged, PersonForgotten, PersonRegistered
from shared.host.deps import Deps
from shared.problems import Problem
from shared.projector import Item, Projection
from shared.projector.model import Document
from shared.readmodel import PATIENCE

T = TypeVar("T")


def _person(before: Document | None, id: str, item: Item) -> Document | None:
    """The HMACs of the numbers that the hospital told of somebody; nobody once they are forgotten."""
    assert item.envelope is not None
    event: PersonRegistered | PersonDetailsChanged | PersonForgotten = item.envelope.data
    if isinstance(event, PersonForgotten) or (before is None and isinstance(event, PersonDetailsChanged)):
        return None
    return {"numbers": sorted({known.key for known in event.details.identifiers})}


PEOPLE = Projection(
    collection="people",
    sources=(PersonRegistered.decided_in(),),
    types=(PersonRegistered, PersonDetailsChanged, PersonForgotten),
    keys=lambda item: [item.envelope.data.person_id] if item.envelope else [],
    fold=_person,
)


async def known_person(deps: Deps, person_id: str) -> None:
    """Returns for somebody who is registered. Raises a 404 problem for others, 503 where that is not known yet."""
    people = deps.database[PEOPLE.collection]
    if not await _sooner_or_later(deps, lambda: people.find_one({"_id": person_id})):
        detail = f"there is no person {person_id}: look them up by a number of theirs first"
        raise Problem(404, "person-unknown", detail, person_id=person_id)


async def has_number(deps: Deps, records: Sequence[str], number: str) -> bool:
    """Whether the hospital told a number (its HMAC) of any of these records. Raises a 503 problem as `known_person`."""
    where = {"_id": {"$in": list(records)}, "numbers": number}
    return bool(await _sooner_or_later(deps, lambda: deps.database[PEOPLE.collection].find_one(where)))


async def _sooner_or_later(deps: Deps, look: Callable[[], Awaitable[T | None]]) -> T | None:
    """What a look finds, once everything that was published until now was read; None where there is nothing."""
    seen = await look()
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while seen is None:
        behind = await _behind(deps)  # asked before the look, which then sees all of it
        seen = await look()
        if seen is not None or not behind:
            return seen
        if asyncio.get_running_loop().time() > deadline:
            detail = "who is registered is still being read: try again"
            raise Problem(503, "people-behind", detail, {"retry-after": "2"})
        await asyncio.sleep(0.05)
    return seen


async def _behind(deps: Deps) -> int:
    """Offsets of events that the copy has not read; of a partition without a position all of them."""
    [topic] = PEOPLE.topics
    at = (await deps.database.positions([PEOPLE.collection]))[PEOPLE.collection]
    partitions = range(deps.settings.kafka.partitions)
    return await deps.lag.of({TopicPartition(topic, n): at.get(f"{topic}-{n}", 0) for n in partitions})
