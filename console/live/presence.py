"""Who is at which case or person, and whether they write there: so that two people do not answer the same case.

Each process of the console writes to one topic what its browsers say, and reads it without a group, so that all know.
A record has ids alone: of the member of staff, and of what they look at. Nothing is kept but in memory; who does not
say it again is no longer there.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from console.live.changes import key_of
from shared.bus.clients import producer
from shared.bus.producer import Producer
from shared.bus.topics import topic
from shared.bus.writing import Out, send_groups
from shared.settings_kafka import Kafka

log = logging.getLogger(__name__)
TOPIC = topic("console", "presence", 1)
AGAIN = 20.0
"""Seconds after which a browser says again who is there."""
LASTS = 45.0
"""Seconds for which it holds: a browser may be silent once."""
GRACE = 2.0
"""Seconds for which somebody who left is still shown: a page that is loaded again leaves and comes back."""
MOST_SAID = 40
"""Most places in one request of a browser, which speaks for all its tabs: those it is at, and those it left."""
MOST_A_MINUTE = 60
"""Most times a minute that one member of staff says where they are, over all browsers."""
What = Literal["viewing", "typing", "gone"]


@dataclass(frozen=True, slots=True)
class Presence:
    """What a record says: `staff` is at `subject` (`<decider>/<id>`), or gone from there."""

    staff: str
    subject: str
    what: What


_PRESENCE = TypeAdapter(Presence)


class Present:
    """Who is where, as far as this process heard. Times are of `time.monotonic`."""

    def __init__(self) -> None:
        self._at: defaultdict[str, dict[str, tuple[str, float]]] = defaultdict(dict)  # subject → staff → what, until

    def take(self, value: Any, now: float) -> str:
        """Take a record; returns the subject if somebody came, left or began to write there, else ""."""
        try:
            said = _PRESENCE.validate_json(value or b"")
        except ValidationError:
            log.error("passed over a record of %s that is none", TOPIC.name)
            return ""
        here = self._at[said.subject]
        before = here.get(said.staff)
        if said.what == "gone":
            if before:
                here[said.staff] = (before[0], min(before[1], now + GRACE))
            return ""
        here[said.staff] = (said.what, now + LASTS)
        return said.subject if before is None or before[0] != said.what else ""

    def left(self, now: float) -> list[str]:
        """Forget who is no longer there; returns the subjects that they were at."""
        changed = []
        for subject, here in list(self._at.items()):
            over = [staff for staff, (_, until) in here.items() if until <= now]
            for staff in over:
                del here[staff]
            if over:
                changed.append(subject)
            if not here:
                del self._at[subject]
        return changed

    def at(self, subject: str, reader: str) -> list[tuple[str, str]]:
        """The others who are there, each with what they do, in the order in which they came."""
        here = self._at.get(subject, {})
        return [(staff, what) for staff, (what, _) in here.items() if staff != reader]

    def among(self, keys: Iterable[str]) -> list[str]:
        """The subjects with somebody there, of those that a browser may hear of."""
        wanted = set(keys)
        return [subject for subject in self._at if key_of(*subject.split("/", 1)) in wanted]


class Saying:
    """Writes who is where."""

    def __init__(self, kafka: Kafka) -> None:
        self._producer: Producer = producer(kafka)
        self._minute: dict[str, tuple[float, int]] = {}

    def too_often(self, staff_id: str, now: float) -> bool:
        """Whether this member of staff has said it too often within a minute; counts this time."""
        begun, count = self._minute.get(staff_id, (now, 0))
        if now - begun >= 60:
            begun, count = now, 0
            self._minute = {each: kept for each, kept in self._minute.items() if now - kept[0] < 60}
        self._minute[staff_id] = begun, count + 1
        return count >= MOST_A_MINUTE

    async def say(self, said: Iterable[Presence]) -> None:
        """Write these records."""
        for each in said:
            await send_groups(self._producer, TOPIC.name, 0, [[Out(each.subject, _PRESENCE.dump_json(each))]])

    async def start(self) -> None:
        """Start the producer."""
        await self._producer.start()

    async def stop(self) -> None:
        """Stop the producer."""
        await self._producer.stop()
