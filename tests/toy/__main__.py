"""The product with the toy service in it: a discharge is played, and what came of it is printed as JSON."""

import json
from dataclasses import replace

from tests.toy import NAME, TOY, added

added()

from deploy import catalogue  # noqa: E402
from tests.architecture.forgotten import forgotten  # noqa: E402
from tests.world import World  # noqa: E402
from tests.world.test_world import discharged  # noqa: E402


def played() -> dict[str, object]:
    """Somebody is discharged, and nobody fetches them."""
    from shared.contracts.transport import RideLate, RideRequested  # type: ignore[import-not-found]

    world = World()
    world.hl7(discharged("100"))
    world.until("2026-03-10T12:00")
    [ride] = world.documents(f"{NAME}.rides").values()
    entries = [row["type"] for row in world.documents("contacts.timeline").values() if NAME in row["type"]]
    lateness = world.events(RideLate)[0].at - world.events(RideRequested)[0].at
    return {"ride": ride, "timeline": sorted(entries), "minutes": lateness.total_seconds() / 60}


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
    return {what: forgotten(service, TOY) for what, service in without.items()}


if __name__ == "__main__":
    told = {
        "mount": catalogue.mounts()[NAME],
        "scopes": [scope for scope in catalogue.scopes() if scope.startswith(NAME)],
        "played": played(),
        "omissions": omissions(),
    }
    print(json.dumps(told, default=str))
