"""Describes the life of a world as a specification: given inputs, when crashes, then events."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.world.machine import World

QUIET = {"TimerSet", "TimerCancelled", "AttemptAssigned", "AttemptStarted"}
LONG = 160


def story(world: "World", broken: list[str]) -> str:
    """The inputs, the seed with the number of crashes, the events, and the sentences of `broken` promises."""
    given = [f"  given {at:%m-%d %H:%M} {entry}"[:LONG] for at, entry in world.diary]
    how = f"faults {world.faults}, transactions {world.transactions}"
    when = [f"  when seed {world.seed}, {how}, {world.crashes} crashes"]
    then = [
        f"  then {envelope.recorded:%m-%d %H:%M} {type(envelope.data).__name__} {envelope.key[:8]} "
        f"{envelope.data.model_dump(exclude={'at', 'carried', 'details', 'values'}, exclude_defaults=True)}"[:LONG]
        for envelope in world.history
        if type(envelope.data).__name__ not in QUIET
    ]
    return "\n".join(["", *given, *when, *then, *(f"  BUT {sentence}"[: 3 * LONG] for sentence in broken[:10])])
