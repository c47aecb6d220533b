"""May a consumer group without offsets begin, and where? The rules, without a broker."""

from typing import Literal, NamedTuple

Begins = Literal["beginning", "now", "own"]
"""Where a group added later begins: `own` means that its reader keeps its position itself, whatever Kafka forgets."""
Verdict = Literal["go-on", "adopt", "beginning", "now", "vanished", "undeclared"]


class Reads(NamedTuple):
    """What a group reads, and where it declares that it begins."""

    topics: list[str]
    begins: Begins | None = None


class Known(NamedTuple):
    """What is known of a group and one topic before they start: its record, its offsets, the topic, the system."""

    recorded: bool
    offsets: Literal["all", "some", "none"]
    begins: Begins | None
    empty: bool
    new_system: bool


def verdict(known: Known) -> Verdict:
    """What may be done without asking anybody: `vanished` and `undeclared` stop."""
    if known.offsets == "all":
        return "go-on" if known.recorded else "adopt"
    if known.begins == "own":
        return "beginning"
    if known.recorded or known.offsets == "some":
        return "vanished"
    if known.begins is not None:
        return known.begins
    return "beginning" if known.empty or known.new_system else "undeclared"
