"""Run in a tree that `laid` made: play a discharge, and print as JSON what the toy service made of it."""

import json
from dataclasses import replace

from deploy import catalogue
from tests.architecture.forgotten import forgotten
from tests.toy import NAME, ROOT
from tests.world import World
from tests.world.test_world import discharged


def played() -> dict[str, object]:
    """Somebody is discharged, and nobody fetches them."""
    from shared.contracts.portering import RideLate, RideRequested  # type: ignore[import-not-found]

    world = World()
    world.hl7(discharged("100"))
    world.until("2026-03-10T12:00")
    [ride] = world.documents(f"{NAME}.rides").values()
    entries = [row["type"] for row in world.documents("contacts.timeline").values() if NAME in row["type"]]
    lateness = world.events(RideLate)[0].at - world.events(RideRequested)[0].at
    return {"ride": ride, "timeline": sorted(entries), "minutes": lateness.total_seconds() / 60}


def read_for_the_access_log() -> list[str]:
    """The topics of this service from which contacts learns who read whose data."""
    contacts = catalogue.load("contacts", catalogue.unstarted())
    [log] = [each for each in contacts.projections if each.collection == "accesses"]
    return [topic for topic in log.topics if NAME in topic]


def omissions() -> dict[str, list[str]]:
    """What is named where something was forgotten."""
    toy = catalogue.load(NAME, catalogue.unstarted())
    without = {
        "nothing": toy,
        "scopes": replace(toy, scopes={}),
        "timers": replace(toy, deciders=(replace(toy.deciders[0], timers=None),)),
        "policies": replace(toy, policies=()),
        "projections": replace(toy, projections=toy.projections[1:]),
        "definitions_from": replace(toy, definitions_from=("contacts",)),
    }
    return {what: forgotten(service, ROOT) for what, service in without.items()}


if __name__ == "__main__":
    report = {
        "mount": catalogue.mounts()[NAME],
        "scopes": [scope for scope in catalogue.scopes() if scope.startswith(NAME)],
        "played": played(),
        "access_log": read_for_the_access_log(),
        "omissions": omissions(),
    }
    print(json.dumps(report, default=str))
