"""FHIR ids and digests of content under the site key; what an older version stored is the same message still."""

import hashlib
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from services.his_adapter.facts.domain import DECIDER
from services.his_adapter.facts.policies import translate_messages
from services.his_adapter.formats.common.hiding import asked_for, hidden
from services.his_adapter.formats.fhir.intake import FhirIntake
from shared.contracts.base import changed
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.decider.partition import Partition
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive
from shared.policy import RecordPlace, reactions
from tests.support.fhir import KEY, NOW, SETTINGS, SITE, encounter, patient


def taken(resource: dict[str, Any]) -> HospitalMessageReceived:
    """A resource as the intake stores it."""
    deps: Any = SimpleNamespace(settings=SETTINGS, clock=lambda: NOW)
    return FhirIntake(deps)._received(resource, "his")


def as_older_versions_did(resource: dict[str, Any]) -> HospitalMessageReceived:
    """The same, as it was stored before: the id in clear, digests without a key."""
    text = orjson.dumps(resource, option=orjson.OPT_SORT_KEYS)
    name, digest = f"{resource['resourceType']}/{resource['id']}", hashlib.sha256(text).hexdigest()
    id = derive("fhir", "his", name, digest, False, "")
    return changed(taken(resource), message_id=id, control_id=name, body_hash=digest[:32], former_id=None)


@pytest.mark.parametrize("resource", [patient("P77"), encounter("finished")])
def test_neither_the_id_of_a_resource_nor_a_digest_that_anybody_can_make_is_stored(resource: dict[str, Any]) -> None:
    stored_json = changed(taken(resource), text=None, former_id=None).model_dump_json()
    text = orjson.dumps(resource, option=orjson.OPT_SORT_KEYS)
    assert resource["id"] not in stored_json
    assert hashlib.sha256(text).hexdigest()[:16] not in stored_json
    assert taken(resource).message_id != as_older_versions_did(resource).message_id


@pytest.mark.parametrize("resource", [patient("P77"), encounter("finished")])
def test_a_resource_of_an_older_log_that_comes_again_is_the_same_message(resource: dict[str, Any]) -> None:
    memory, events = Partition(DECIDER, "his-adapter-0"), list[int]()
    for offset, received_event in enumerate((as_older_versions_did(resource), taken(resource), taken(resource))):
        envelope = Envelope(
            received_event,
            received_event.message_id,
            "/his",
            NOW,
            NOW,
            received_event.message_id,
            received_event.message_id,
        )
        place = RecordPlace("careloop.his-adapter.raw.v1", 0, offset)
        all_reactions = reactions((translate_messages(KEY),), envelope, place, Definitions.of(SITE), NOW)
        commands = [command for reaction in all_reactions for command in reaction.commands]
        assert commands
        answers = [memory.handle(each, 100 * offset + at, Definitions(), NOW) for at, each in enumerate(commands)]
        events.append(sum(len(answer.events) for answer in answers))
    assert events[0] > 0
    assert events[1:] == [0, 0]


def test_a_message_is_found_by_the_name_its_server_has_for_it_however_it_was_stored() -> None:
    assert taken(patient("P77")).control_id in asked_for("Patient/P77", KEY)
    assert as_older_versions_did(patient("P77")).control_id in asked_for("Patient/P77", KEY)
    versioned = patient("P77") | {"meta": {"versionId": "3"}}
    assert taken(versioned).control_id in asked_for("Patient/P77/_history/3", KEY)
    assert asked_for("MSG00001", KEY) == ["MSG00001"]


def test_an_id_is_hidden_the_same_way_each_time_and_tells_a_from_capital_a() -> None:
    assert hidden("Patient/a", KEY) == hidden("Patient/a", KEY)
    assert hidden("Patient/a", KEY) != hidden("Patient/A", KEY)
    assert hidden("Patient/a", KEY).startswith("Patient/")
    assert hidden("Patient", KEY) == "Patient"
