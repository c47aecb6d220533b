"""Plays a case: steps of YAML, each one thing that happens to the system (`cases/*.yaml`), then all comes to rest.

    hl7: TEXT · fhir: RESOURCE · touch: {phone, name, …} · merge: [NUMBER, NUMBER] · unmerge: [NUMBER, NUMBER]
    consent: [NUMBER, PURPOSE, BOOL] · decide: NUMBER or null · until: TIME · receipt: [delivered|bounced, REASON]

NUMBER is a record number of the demo hospital. Cases are rebuilt from public reports, with invented people.
"""

from pathlib import Path
from typing import Any

import yaml

from services.notify.commands import ReportReceipt
from shared.contracts.contacts import IdentityAmbiguous
from tests.world.machine import World

FOLDER = Path(__file__).with_name("cases")


def play(name: str, world: World | None = None) -> World:
    """The world after a case."""
    world = world or World()
    [file] = FOLDER.glob(f"{name}*.yaml")
    for step in yaml.safe_load(file.read_text()):
        [(what, told)] = step.items()
        one(world, what, told)
        world.rest()
    return world


def one(world: World, what: str, told: Any) -> None:
    """One step."""
    match what:
        case "hl7":
            world.hl7(told.strip().replace("\n", "\r"))
        case "fhir":
            world.fhir(told)
        case "touch":
            world.touch(**told)
        case "merge":
            world.merge(*map(world.person, told))
        case "unmerge":
            world.unmerge(*map(world.person, told))
        case "consent":
            number, purpose, granted = told
            world.consent(world.person(number), purpose, granted)
        case "decide":
            [*_, waiting] = world.events(IdentityAmbiguous)
            world.decide(waiting.input_id, world.person(told) if told else None)
        case "until":
            world.until(told)
        case "receipt":
            _receipt(world, *told)
        case _:
            raise ValueError(f"{what!r} is no step of a case")


def _receipt(world: World, verdict: str, reason: str) -> None:
    mail = world.sent[-1]
    named = {"recipient_id": mail.recipient, "message_id": mail.message_id, "provider_id": mail.message_id}
    id = f"receipt-{verdict}-{mail.message_id}"
    said = {"delivered": verdict == "delivered", "reason": reason}
    world.send("notify", ReportReceipt.model_validate({"id": id, "at": world.now, **named, **said}))
