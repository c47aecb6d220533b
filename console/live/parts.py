"""Parts of a page that stay current: each screen declares whose events they show, the rest is the same for all."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query

from console.live.changes import EVERY, narrowed
from console.problems import Trouble
from shared.contracts.contacts_access import RelationBegan, WorkKind
from shared.positions import Vector, vector
from shared.problems import Problem

MOST_SEEN = 100
Seen = Annotated[list[str] | None, Query(max_length=MOST_SEEN)]
"""Positions of what was just done, or of what the page was told: it must show them."""


@dataclass(frozen=True, slots=True)
class Part:
    """`shows`: the deciders whose events the part shows, so that it hears of them.

    `reads`: those that its read model takes in, so that it can wait for them: a read model refuses other positions.
    `right`: the kind of relation by which staff may read it. One begins, and ends, a moment after what it is about, so
    that a part that asked at once did not show it yet, or still does: it hears of the relation as well.
    """

    shows: tuple[str, ...]
    reads: tuple[str, ...]
    right: WorkKind | None = None

    def seen(self, words: Iterable[str] | None) -> str | None:
        """The position up to which it must show everything, of all positions that the page was told."""
        reached: Vector = {}
        for word in words or ():
            try:
                position = vector(word)
            except Problem:
                continue  # it only asks for what is newer
            reached |= {name: max(offset, reached.get(name, 0)) for name, offset in position.items()}
        return narrowed(reached, *self.reads)

    def subjects(self, ids: Iterable[str]) -> list[str]:
        """What it hears of: these ids at each decider that it shows (`EVERY` for a list)."""
        listed = list(ids)
        rights = [self.right if id == EVERY else id for id in listed] if self.right else []
        shown = [f"{decider}/{id}" for decider in self.shows for id in listed]
        return [*shown, *(f"{RelationBegan.decided_in()}/{id}" for id in rights)]


def position_of(answer: Any) -> str | None:
    """The position of an answer; None if there was trouble instead."""
    return None if isinstance(answer, Trouble) else str(answer.position)
