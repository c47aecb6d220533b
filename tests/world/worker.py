"""What every part of the world is: it reads some topics, does its work in steps, and may crash between any two."""

from collections.abc import Generator
from random import Random
from typing import TYPE_CHECKING

from tests.world.log import Place, Record

if TYPE_CHECKING:
    from tests.world.machine import World

BATCH = 6
Steps = Generator[None, None, None]


class Worker:
    """A consumer group member. `committed` is what outlives a crash; a crash forgets `_at` and the work under way."""

    def __init__(self, world: "World", name: str, topics: list[str]) -> None:
        self.world, self.name, self.topics = world, name, topics
        self.committed: dict[Place, int] = {}
        self._under_way: Steps | None = None
        for topic in topics:
            world.log.readers[topic].append(self)

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return self.name

    def behind(self) -> list[Place]:
        """The partitions with something to read."""
        log = self.world.log
        places = [place for topic in self.topics for place in log.places(topic)]
        return [place for place in places if self.committed.get(place, 0) < log.end(place)]

    def step(self, random: Random) -> bool:
        """One step of the work, a batch of one partition at a time; False where there is nothing to do."""
        if self._under_way is None:
            behind = self.behind()
            if not behind:
                return False
            place = random.choice(behind)
            start = self.committed.get(place, 0)
            batch = self.world.log.records[place][start : start + random.randint(1, BATCH)]
            self._under_way = self.work(place, batch)
        try:
            next(self._under_way)
        except StopIteration:
            self._under_way = None
        return True

    def work(self, place: Place, batch: list[Record]) -> Steps:
        """Handle a batch: each `yield` is a point where this worker may crash. Ends by committing."""
        raise NotImplementedError

    def commit(self, batch: list[Record]) -> None:
        """The batch is done."""
        last = batch[-1]
        self.committed[last.place] = last.offset + 1

    def crash(self) -> None:
        """Lose everything that is not committed."""
        self._under_way = None
        self.world.log.awake.add(self)
