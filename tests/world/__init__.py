"""The whole product in one process: deciders, policies, projections, timers and the sender, without broker or database.

    world = World(seed=7)                      # definitions of the demo hospital, a clock that jumps
    world.hl7(raw); world.fhir(resource); world.touch(phone="13800138000", name="王秀英")
    world.until("2026-03-20T12:00+08:00")
    world.sent, world.rejections, world.letters, world.view(person_id)

What runs is the code of the services; only Kafka and MongoDB are replaced, by lists and dictionaries that keep what
those promise (`log.py`): each topic partition has an order, topics have none between them, a group commits after its
work, a decider's transaction is whole or not at all. With `faults` the world also crashes any part between any two
steps, redelivers, lets a worker that lost its partition go on for a while, and recovers deciders from checkpoints.
Everything random comes from the seed, so a failing seed fails again; `story.py` prints it as given/when/then.
`lives.py` and `days.py` say what may happen, `playing.py` plays thousands of seeds.
"""

from tests.world.machine import World

__all__ = ["World"]
