"""What a newer version wrote is read by an older one, without what is unknown there, at any depth."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from services.complaints.definitions import SlaPolicy
from services.contacts.domain import DECIDER as CONTACTS
from services.his_adapter.facts.domain import DECIDER as HIS
from shared import deadletter
from shared.codec import Codec, Encoded, Refusal
from shared.contracts import person_facts
from shared.contracts.contacts import PersonRegistered
from shared.contracts.facts import Details, Identifier
from shared.decider import checkpoint
from shared.decider.partition import Aggregate, Partition
from shared.definitions import Definitions, UnknownDefinition
from shared.testing import Spec, envelope
from tests.contacts.test_domain import KNOWN, admitted, record
from tests.his_adapter.test_domain import IN, report
from tests.support.cabinets import AT, CABINETS, Cabinet
from tests.support.rings import OpenRing

LATER = KNOWN[0].at + timedelta(days=1)
POLICY: dict[str, Any] = {
    "id": "urgent",
    "version": 1,
    "when": "true",
    "calendar": "office",
    "respond_minutes": 60,
    "resolve_minutes": 600,
    "levels": [{"role": "head", "template": "late"}],
}


def newer(value: Any) -> Any:
    """The same with a field more in every object of it."""
    if isinstance(value, dict):
        return {name: newer(each) for name, each in value.items()} | {"field_of_next_year": 1}
    return [newer(each) for each in value] if isinstance(value, list) else value


async def test_an_event_is_read() -> None:
    identifiers = (Identifier(system="MRN", key="k"),)
    event = PersonRegistered(at=AT, person_id="p", details=Details(identifiers=identifiers))
    [value] = await Codec(OpenRing()).encode([envelope(event)])
    raw = orjson.loads(value)
    written = orjson.dumps(raw | {"data": newer(raw["data"])})
    [read] = await Codec(OpenRing()).decode([Encoded(written)])
    assert read.data == event


async def test_a_checkpoint_is_read() -> None:
    cabinet = Cabinet(drawers={"a": "12"}, filed=2)
    partition = Partition(CABINETS, "cabinets")
    partition.aggregates["one"] = Aggregate(cabinet, 3)
    outs = await checkpoint.records(partition, ["one"], OpenRing())
    records = {out.key: orjson.loads(out.value or b"null") for out in outs}
    for raw in records.values():
        raw["state"] = newer(raw["state"])
    again = Partition(CABINETS, "cabinets")
    await checkpoint.restore(again, Cabinet, {key: orjson.dumps(raw) for key, raw in records.items()}, OpenRing())
    assert again.aggregates["one"].state == cabinet


async def test_a_dead_letter_is_read() -> None:
    refused = SimpleNamespace(topic="t", partition=0, offset=7, key=b"k", value=b"v", headers=(), timestamp=0)
    out = await deadletter.dead_letter(refused, Refusal("undecodable", "no JSON"), "contacts.decider", OpenRing(), AT)
    assert out.value
    raw = orjson.loads(out.value)
    newer_data = raw["data"] | {"field_of_next_year": 1}
    assert deadletter.read(orjson.dumps(raw | {"data": newer_data})) == deadletter.read(out.value)


def test_a_fact_inside_a_command_is_read() -> None:
    command = report(IN)
    Spec(HIS).when(type(command)(**{**dict(command), "fact": newer(command.fact)})).then(IN)
    asked = record(admitted(at=LATER))
    later = type(asked)(**{**dict(asked), "input": newer(asked.input)})
    Spec(CONTACTS).given(*KNOWN).when(later).then_only(person_facts.PatientAdmitted)


def test_a_definition_is_read_but_not_without_what_it_says_itself() -> None:
    """A level of it may say more; a rule of which a part is unknown is not obeyed by halves."""
    levels = newer(POLICY["levels"])
    read = Definitions().applied("sla-policy/urgent/1", orjson.dumps(POLICY | {"levels": levels}))
    assert read.version(SlaPolicy, "sla-policy/urgent/1").levels[0].role == "head"
    with pytest.raises(UnknownDefinition, match="field_of_next_year"):
        Definitions().applied("sla-policy/urgent/1", orjson.dumps(newer(POLICY)))
