"""Base class of the workers of a world: each reads some topics, works in steps, and may crash between any two."""

from collections.abc import Generator, Mapping
from random import Random
from typing import TYPE_CHECKING, Any

from tests.world.log import Place, Record

if TYPE_CHECKING:
    from tests.world.machine import World

BATCH = 6
Steps = Generator[None, None, None]


class Worker:
    """A consumer group member, which reads some types of records by topic.

    `waiting` is what it has not committed yet, by place and only where there is something; it outlives a crash, which
    forgets the work under way.
    """

    def __init__(self, world: "World", name: str, reads: Mapping[str, tuple[type[Any], ...]]) -> None:
        self.world, self.name, self.reads = world, name, reads
        self.waiting: dict[Place, list[Record]] = {}
        self._under_way: Steps | None = None
        world.log.workers.append(self)

    def __repr__(self) -> str:
        return self.name

    def step(self, random: Random) -> bool:
        """Do one step of the work, one batch of one partition at a time. Returns False if there is nothing to do."""
        if self._under_way is None:
            if not self.waiting:
                return False
            places = list(self.waiting)
            place = places[int(random.random() * len(places))]
            self._under_way = self.work(place, self.waiting[place][: 1 + int(random.random() * BATCH)])
        if next(self._under_way, self) is self:
            self._under_way = None
        return True

    def work(self, place: Place, batch: list[Record]) -> Steps:
        """Handle a batch: each `yield` is a point where this worker may crash. Ends by committing."""
        raise NotImplementedError

    def commit(self, batch: list[Record]) -> None:
        """Remove a finished batch from `waiting`, as a committed offset does."""
        place = batch[0].place
        left = self.waiting[place][len(batch) :]
        if left:
            self.waiting[place] = left
        else:
            del self.waiting[place]

    def crash(self) -> None:
        """Lose everything that is not committed."""
        self._under_way = None
