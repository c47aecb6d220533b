"""A change: what an envelope on an events topic says. And the window in which streams may resume.

Of the data nothing is read but `person_id`, the id of a record, and `relation_id`, which are in clear.
"""

import secrets
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import takewhile
from typing import Any

from shared.bus.topics import topic_name
from shared.contracts.contacts_access import parts_of
from shared.envelope import parse
from shared.positions import Vector, token

EVERY = "*"
"""In the place of an id: any change, for lists."""
SCREENED = frozenset({"contacts", "contacts-registry", "complaints", "followup", "notify"})
"""The deciders whose events screens show."""
SILENT = (".timer_set.v1", ".timer_cancelled.v1")
"""Ends of the types of events that no screen shows."""
WINDOW = 20_000
"""Changes that are kept to resume from: some 6 MB."""


def key_of(decider: str, id: str) -> str:
    """A short word (72 bits) for changes of this decider about this id, or about any (`EVERY`)."""
    return blake2b(f"{decider}/{id}".encode(), digest_size=9).hexdigest()


@dataclass(frozen=True)
class Change:
    """One event. `number` counts the changes that this process read, from 1.

    `ids`: its aggregate, and the person whom it is about, if that is another id: of a case, of a message to staff; of a
    relation that begins or ends, its kind and what it is about as well (`case`, and the id of the case).
    """

    number: int
    type: str
    decider: str
    partition: str
    offset: int
    ids: tuple[str, ...]

    @cached_property
    def keys(self) -> dict[str, str]:
        """The keys of those it concerns → the id. A list has no id, so that it tells of nobody."""
        return {key_of(self.decider, id): id for id in self.ids} | {key_of(self.decider, EVERY): ""}

    @property
    def position(self) -> Vector:
        """What a read model must have read to show it."""
        return {self.partition: self.offset + 1}


def change_of(number: int, record: Any) -> Change | None:
    """The change of a record; None if no screen shows it. Raises `Unreadable`."""
    raw = parse(record.value, record.headers or ())
    type: str = raw["type"]
    if type.endswith(SILENT):
        return None
    data = raw.get("data")
    fields = data if isinstance(data, dict) else {}
    relation = fields.get("relation_id")
    about = (raw.get("subject"), fields.get("person_id"), *(parts_of(relation) if isinstance(relation, str) else ()))
    ids = tuple(dict.fromkeys(id for id in about if isinstance(id, str) and id))
    partition = f"{record.topic}-{record.partition}"
    return Change(number, type, record.topic.split(".")[1], partition, record.offset, ids)


class History:
    """The last changes. `boot` names this process: the numbers of another mean nothing here."""

    def __init__(self, size: int = WINDOW) -> None:
        self.boot = secrets.token_hex(4)
        self.last = 0
        self._changes: deque[Change] = deque(maxlen=size)
        self._by_partition: defaultdict[str, deque[Change]] = defaultdict(deque)

    def add(self, change: Change) -> None:
        """Keep a change, and forget the oldest if there are too many."""
        if len(self._changes) == self._changes.maxlen:
            self._by_partition[self._changes[0].partition].popleft()
        self._changes.append(change)
        self._by_partition[change.partition].append(change)
        self.last = change.number

    def mark(self, number: int) -> str:
        """The word by which a browser says how far it heard."""
        return f"{self.boot}-{number}"

    def number(self, mark: str) -> int | None:
        """How far a browser heard, if all since then is still kept; None if it must look again."""
        boot, _, digits = mark.partition("-")
        if boot != self.boot or not digits.isdecimal() or len(digits) > 18:
            return None
        number = int(digits)
        kept_from = self._changes[0].number if self._changes else self.last + 1
        return number if kept_from - 1 <= number <= self.last else None

    def since(self, number: int) -> Iterator[Change]:
        """The changes after a number, in their order."""
        later = list(takewhile(lambda each: each.number > number, reversed(self._changes)))
        return reversed(later)

    def shown_at(self, position: Mapping[str, int]) -> int:
        """The number up to which an answer of a read model at this position shows every change of its topics.

        A read model may be behind this process: what it does not show yet is told to the page again.
        """
        topics = {name.rpartition("-")[0] for name in position}
        number = self.last
        for partition, changes in self._by_partition.items():
            if partition.rpartition("-")[0] in topics:
                reached = position.get(partition, 0)
                for change in takewhile(lambda each: each.offset >= reached, reversed(changes)):  # noqa: B023 used at once
                    number = min(number, change.number - 1)
        return number


def narrowed(position: Mapping[str, int], *deciders: str) -> str | None:
    """The part of a position that lies on the events of these deciders, as a word; None if it has none.

    A read model refuses a position on a topic that it does not read.
    """
    topics = {topic_name(each, "events") for each in deciders}
    part = {name: offset for name, offset in position.items() if name.rpartition("-")[0] in topics}
    return token(part) if part else None
