"""A stranger's form with a patient's phone leads no message to the stranger, however the world crashes."""

from services.contacts.commands import ConfirmClaim
from shared.bus.topics import topic_name
from shared.contracts.base import changed
from shared.contracts.contacts import PersonDetailsChanged, TouchpointRecorded
from shared.testing import envelope
from tests.world import World
from tests.world.promises import broken
from tests.world.test_world import discharged

STRANGER = "stranger@x.example"


def after_a_form(seed: int = 0, faults: float = 0.0) -> World:
    """A patient without an address is discharged; somebody fills in a form with her phone and a mailbox."""
    world = World(seed, faults=faults)
    world.hl7(discharged("1").replace("~^NET^Internet^1@x.example", ""))
    world.rest()
    world.touch(name="王秀英", phone="13800138000", email=STRANGER)
    return world.rest()


def test_a_form_with_a_patients_phone_does_not_redirect_her_messages() -> None:
    for seed in range(10):
        world = after_a_form(seed, faults=0.1 * (seed % 3)).until("2026-03-20T12:00")
        assert world.sent == []
        view = world.view(world.person("1"))
        assert view["identity"]["email"] is None
        assert [(claim["field"], claim["value"]) for claim in view["claims"]] == [("email", STRANGER)]


def test_an_address_that_staff_confirmed_is_written_to() -> None:
    world = after_a_form()
    person = world.person("1")
    [claim] = world.view(person)["claims"]
    command = ConfirmClaim(
        id="c", at=world.now, person_id=person, claim_id=claim["claim_id"], confirmed_by="front-desk"
    )
    assert world.ask("contacts", command).status == "accepted"
    world.until("2026-03-20T12:00")
    assert {mail.to for mail in world.sent} == {STRANGER}
    assert world.view(person)["claims"] == []


def test_a_log_of_before_claims_is_mended_when_it_is_read_and_the_stranger_gets_nothing() -> None:
    """The survey waits already; the address came by a touchpoint of an older version."""
    world = World()
    world.hl7(discharged("1").replace("~^NET^Internet^1@x.example", ""))
    world.until("2026-03-09T12:00")
    person = world.person("1")
    details = changed(world.state("contacts", person).details, email=STRANGER)
    fields = {"at": world.now, "person_id": person}
    call = {"touchpoint_id": "t", "channel": "app", "direction": "inbound"}
    filled = PersonDetailsChanged.model_validate({**fields, "details": details, "changed": ("email",)})
    place = world.log.place_of(topic_name("contacts", "events"), person)
    last = sum(record.envelope.key == person for record in world.log.records[place])
    old = (filled, TouchpointRecorded.model_validate({**fields, **call}))
    world.publish(place, [envelope(event, last + number) for number, event in enumerate(old, start=1)])
    world.deciders["contacts"].crash()
    world.until("2026-03-20T12:00")
    assert world.sent == []
    assert [claim["value"] for claim in world.view(person)["claims"]] == [STRANGER]
    assert broken(world) == []
