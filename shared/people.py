"""A service's own copy of who is registered, for APIs that are called with a person id.

Requests about unknown persons are refused; the deciders that register people do not need this.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiokafka import TopicPartition

from shared.contracts.contacts import PersonDetailsChanged, PersonForgotten, PersonRegistered
from shared.host.deps import Deps
from shared.problems import Problem
from shared.projector import Item, Projection
from shared.projector.model import Document
from shared.readmodel import MAX_POSITION_WAIT_SECONDS

T = TypeVar("T")


def _person(before: Document | None, id: str, item: Item) -> Document | None:
    """HMACs of the numbers that the hospital reported; None after the person was erased."""
    assert item.envelope is not None
    event: PersonRegistered | PersonDetailsChanged | PersonForgotten = item.envelope.data
    if isinstance(event, PersonForgotten) or (before is None and isinstance(event, PersonDetailsChanged)):
        return None
    return {"numbers": sorted({identifier.key for identifier in event.details.identifiers})}


PEOPLE = Projection(
    collection="people",
    sources=(PersonRegistered.decided_in(),),
    types=(PersonRegistered, PersonDetailsChanged, PersonForgotten),
    keys=lambda item: [item.envelope.data.person_id] if item.envelope else [],
    fold=_person,
)


async def known_person(deps: Deps, person_id: str) -> None:
    """Return if the person is registered. Raises a 404 problem if not, 503 if that is not known yet."""
    people = deps.database[PEOPLE.collection]
    if not await sooner_or_later(deps, lambda: people.find_one({"_id": person_id})):
        detail = f"there is no person {person_id}: look them up by a number of theirs first"
        raise Problem(404, "person-unknown", detail, person_id=person_id)


async def sooner_or_later(deps: Deps, look: Callable[[], Awaitable[T | None]]) -> T | None:
    """The result of `look` once everything published before the call was read; None if there is none.

    Raises a 503 problem if that takes too long.
    """
    row = await look()
    deadline = asyncio.get_running_loop().time() + MAX_POSITION_WAIT_SECONDS
    while row is None:
        behind = await _behind(deps)  # asked first, so that `look` sees all of it
        row = await look()
        if row is not None or not behind:
            return row
        if asyncio.get_running_loop().time() > deadline:
            detail = "the list of registered persons is still loading: try again"
            raise Problem(503, "people-behind", detail, {"retry-after": "2"})
        await asyncio.sleep(0.05)
    return row


async def _behind(deps: Deps) -> int:
    """Number of offsets that the copy has not read; all offsets of a partition without a position."""
    [topic] = PEOPLE.topics
    at = (await deps.database.positions([PEOPLE.collection]))[PEOPLE.collection]
    partitions = range(deps.settings.kafka.partitions)
    return await deps.lag.of({TopicPartition(topic, n): at.get(f"{topic}-{n}", 0) for n in partitions})
