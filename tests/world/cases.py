"""Plays a case: steps of YAML, each one thing that happens to the system (`cases/*.yaml`), then all comes to rest.

    hl7: TEXT · fhir: RESOURCE · touch: {phone, name, …} · merge: [NUMBER, NUMBER] · unmerge: [NUMBER, NUMBER]
    consent: [NUMBER, PURPOSE, BOOL] · decide: NUMBER or null · until: TIME · receipt: [delivered|bounced, REASON]
    patient: {number, name, birth, sex, phone, …}, an admission told as HL7 · relative: {of: NUMBER, phone}
    propose: same or two, what a person says of the newest proposal · erase: NUMBER

NUMBER is a record number of the demo hospital, or `caller`: who called last. Cases are rebuilt from public reports,
with invented people. `kinds/*.yaml` hold others of their kinds: name → what happens, and whom which mails go to.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from services.contacts.registry.commands import REGISTRY, DecideMerge, ErasePerson
from services.notify.commands import ReportReceipt
from shared.contracts.contacts import IdentityAmbiguous, TouchpointRecorded
from shared.contracts.contacts_identity import MergeProposed
from tests.world.machine import World

FOLDER = Path(__file__).with_name("cases")


def play(name: str, world: World | None = None) -> World:
    """Play the steps of a case and return the world."""
    [file] = FOLDER.glob(f"{name}*.yaml")
    return played(yaml.safe_load(file.read_text()), world or World())


def played(steps: list[dict[str, Any]], world: World) -> World:
    """Play steps; the world comes to rest after each."""
    for step in steps:
        [(step_kind, content)] = step.items()
        one(world, step_kind, content)
        world.rest()
    return world


def one(world: World, step_kind: str, content: Any) -> None:
    """Play one step."""
    match step_kind:
        case "hl7":
            world.hl7(content.strip().replace("\n", "\r"))
        case "fhir":
            world.fhir(content)
        case "touch":
            world.touch(**content)
        case "merge":
            world.merge(*(person(world, number) for number in content))
        case "unmerge":
            world.unmerge(*(person(world, number) for number in content))
        case "consent":
            number, purpose, granted = content
            world.consent(person(world, number), purpose, granted)
        case "decide":
            [*_, waiting] = world.events(IdentityAmbiguous)
            world.decide(waiting.input_id, world.person(content) if content else None)
        case "patient":
            world.hl7(admission(f"P{len(world.diary)}", **content))
        case "relative":
            world.fhir(relative(**content))
        case "erase":
            record = person(world, content)
            command = ErasePerson(id=f"erase-{record}", at=world.now, person_id=record, requested_by="desk")
            world.send(REGISTRY, command)
        case "propose":
            [*_, proposed] = world.events(MergeProposed)
            id = f"merge-{proposed.proposal_id}"
            same = content == "same"
            command = DecideMerge(id=id, at=world.now, proposal_id=proposed.proposal_id, same=same, decided_by="agent")
            world.send(REGISTRY, command)
        case "until":
            world.until(content)
        case "receipt":
            _receipt(world, *content)
        case _:
            raise ValueError(f"{step_kind!r} is no step of a case")


def person(world: World, number: str) -> str:
    """The person id of a record number."""
    return world.events(TouchpointRecorded)[-1].person_id if number == "caller" else world.person(number)


def admission(
    id: str,
    number: str,
    name: str = "",
    birth: str = "",
    sex: str = "F",
    phone: str = "",
    national: str = "",
    authority: str = "CITY-HOSPITAL",
    event: str = "A01",
    mail: str = "",
    at: str = "09:30",
    visit: str = "",
    dead: str = "",
    since: str = "",
    left: str = "",
    retires: str = "",
) -> str:
    """HL7 v2, said `at` an hour of 9 March 2026 or at a date and time; `left` is PV1-36, `retires` MRG-1."""
    time = datetime.fromisoformat(at if "T" in at else f"2026-03-09T{at}").strftime("%Y%m%d%H%M%S")
    numbers = f"{number}^^^{authority}^MR" + (f"~{national}^^^MPS^NI" if national else "")
    phones = "~".join(filter(None, (phone, f"^NET^Internet^{mail}" if mail else "")))
    lines = [
        rf"MSH|^~\&|HIS|CITY|CL|CITY|{time}||ADT^{event}|{id}|P|2.5",
        f"EVN|{event}|{time}",
        f"PID|1||{numbers}||{name}||{birth}|{sex}|||||{phones}{'|' * 16}{since}|{dead}",
        f"PV1|1|I|CARD^201^1|||||||CARD|||||||||{visit or f'V{number}'}{'|' * 17}{left}",
    ]
    if retires:
        lines[3] = f"MRG|{retires}^^^{authority}^MR"
    return "\r".join(lines)


def relative(of: str, phone: str, name: str = "") -> dict[str, Any]:
    """A FHIR RelatedPerson resource."""
    return {
        "resourceType": "RelatedPerson",
        "id": f"relative-{of}-{phone[-4:]}",
        "patient": {"type": "Patient", "identifier": {"value": of}},
        "telecom": [{"system": "phone", "value": phone}],
        **({"name": [{"text": name}]} if name else {}),
    }


def _receipt(world: World, verdict: str, reason: str) -> None:
    mail = world.sent[-1]
    named = {"recipient_id": mail.recipient, "message_id": mail.message_id}
    named["provider_id"] = f"{mail.message_id}.1.{mail.recipient}"
    id = f"receipt-{verdict}-{mail.message_id}"
    receipt = {"delivered": verdict == "delivered", "reason": reason}
    world.send("notify", ReportReceipt.model_validate({"id": id, "at": world.now, **named, **receipt}))
