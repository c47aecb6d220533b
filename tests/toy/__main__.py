"""Run in a tree that `laid` made. Prints as JSON what the toy service did with a discharge, and what is reported when
a part of it is missing."""

import json
import shutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy import catalogue
from shared.service import Service
from tests.architecture.forgotten import forgotten
from tests.toy import NAME, ROOT
from tests.world import World
from tests.world.test_world import discharged

FILES = (
    "services/portering/answers.py",
    "services/portering/definitions.py",
    "services/portering/problems.yaml",
    "tests/portering/test_policies.py",
)
"""Files that are left out, one after the other: for each check of `forgotten` at least one."""


def played() -> dict[str, object]:
    """Discharge a patient whose ride no porter accepts."""
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
    """For each thing that can be forgotten: what is reported of the toy service without it."""
    toy = catalogue.load(NAME, catalogue.unstarted())
    declared = {
        "nothing": toy,
        "scopes": replace(toy, scopes={}),
        "a route of a scope": replace(toy, scopes={NAME: ("read", "write", "cancel")}),
        "timers": replace(toy, deciders=(replace(toy.deciders[0], timers=None),)),
        "policies": replace(toy, policies=()),
        "projections": replace(toy, projections=toy.projections[1:]),
        "definitions_from": replace(toy, definitions_from=("contacts",)),
        "a role": replace(toy, uses={"dispatcher": ()}),
    }
    return (
        {what: forgotten(service, ROOT) for what, service in declared.items()}
        | {file: without_file(toy, file) for file in FILES}
        | {"a docstring": without_file(toy, "services/portering/answers.py", "VALUE = 1\n")}
        | {"TIMELINE": without_timeline(toy)}
    )


def without_file(toy: Service, file: str, instead: str = "") -> list[str]:
    """What is reported where a file of the service or its tests is missing, or holds `instead`."""
    with TemporaryDirectory() as folder:
        for part in ("services", "tests"):
            shutil.copytree(ROOT / part / NAME, Path(folder) / part / NAME)
        changed = Path(folder) / file
        changed.write_text(instead) if instead else changed.unlink()
        return forgotten(toy, Path(folder))


def without_timeline(toy: Service) -> list[str]:
    """What is reported where the contract has no `TIMELINE`."""
    contract = import_module(f"shared.contracts.{NAME}")
    declared = vars(contract).pop("TIMELINE")
    try:
        return forgotten(toy, ROOT)
    finally:
        contract.TIMELINE = declared


if __name__ == "__main__":
    report = {
        "mount": catalogue.mounts()[NAME],
        "scopes": [scope for scope in catalogue.scopes() if scope.startswith(NAME)],
        "played": played(),
        "access_log": read_for_the_access_log(),
        "omissions": omissions(),
    }
    print(json.dumps(report, default=str))
