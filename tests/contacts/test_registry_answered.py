"""A touchpoint that is sent again, however much later, is not resolved again, and makes no new person."""

from dataclasses import replace

from services.contacts.registry.commands import DecideIdentity
from shared.contracts.base import changed
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved, TouchpointRecorded
from tests.contacts.test_registry_domain import ANNA, AT, BEN, RULES, asked
from tests.world import World
from tests.world.promises import nothing_is_doubled

MANY = 5000
CALL = asked("call", phones=["phone"])
SHARED = asked("call of somebody", phones=["phone"])


def test_a_touchpoint_sent_again_is_not_asked_about_because_its_phone_was_given_to_others_since() -> None:
    history = RULES.given()
    history.when(CALL).one(IdentityResolved)
    history.when(asked("anna", ["mrn-1"], ["phone"], "anna-1956"))
    history.when(asked("ben", ["mrn-2"], ["phone"], "ben-1980"))
    assert isinstance(history.when(SHARED).events[0], IdentityAmbiguous)
    history.when(CALL).then_nothing()
    history.when(changed(CALL, id="sent in another envelope")).then_nothing()


def test_a_touchpoint_that_waits_waits_once_and_is_settled_once() -> None:
    history = RULES.given(ANNA, BEN)
    history.when(SHARED).then_only(IdentityAmbiguous)
    history.when(SHARED).then_nothing()
    decision = DecideIdentity(id="d", at=AT, input_id=SHARED.input_id, person_id=ANNA.person_id, decided_by="desk")
    history.when(decision).one(IdentityResolved)
    history.when(SHARED).then_nothing()


def test_every_touchpoint_is_remembered_and_what_hospitals_say_is_not() -> None:
    history = RULES.given()
    for number in range(MANY):
        history.when(asked(f"call {number}", phones=["phone"]))
    history.when(changed(asked("fact", ["mrn-1"]), carried_type="careloop.his-adapter.charge_posted.v1"))
    assert sum(map(len, history.state.answered.values())) == 16 * MANY
    for number in range(0, MANY, 7):
        history.when(asked(f"call {number}", phones=["phone"])).then_nothing()


def test_a_call_sent_again_is_recorded_once_though_its_commands_were_forgotten() -> None:
    world = World()
    for decider in world.deciders.values():
        decider.decider = replace(decider.decider, remembered=0)
    for _ in range(2):
        world.touch(id="t1", phone="13800138000")
        world.rest()
        for number, name in (("100", "王秀英"), ("200", "李明")):
            world.touch(id=f"visit of {number}", mrn=number, phone="13800138000", name=name)
        world.rest()
    assert list(nothing_is_doubled(world)) == []
    assert sorted(touch.touchpoint_id for touch in world.events(TouchpointRecorded)) == [
        "t1",
        "visit of 100",
        "visit of 200",
    ]
    assert not world.registry.waiting
