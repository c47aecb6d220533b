"""Rules for where a consumer group without offsets begins. Pure."""

from typing import Literal, NamedTuple

Begins = Literal["beginning", "now", "own"]
"""Where a group that is added later begins; `own`: its handler keeps the position itself, whatever Kafka forgets."""
GroupVerdict = Literal["go-on", "adopt", "beginning", "now", "vanished", "undeclared"]


class Reads(NamedTuple):
    """The topics of a group, and where it declares to begin."""

    topics: list[str]
    begins: Begins | None = None


class GroupFacts(NamedTuple):
    """The facts about a group and one topic before the start: recorded before, offsets, empty topic, new system."""

    recorded: bool
    offsets: Literal["all", "some", "none"]
    begins: Begins | None
    empty: bool
    new_system: bool


def verdict(facts: GroupFacts) -> GroupVerdict:
    """What to do without asking anybody; `vanished` and `undeclared` stop the start."""
    if facts.offsets == "all":
        return "go-on" if facts.recorded else "adopt"
    if facts.begins == "own":
        return "beginning"
    if facts.recorded or facts.offsets == "some":
        return "vanished"
    if facts.begins is not None:
        return facts.begins
    return "beginning" if facts.empty or facts.new_system else "undeclared"
