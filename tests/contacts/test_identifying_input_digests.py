"""An input is recorded for a person once, however much later it comes again."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from services.contacts.commands import RecordInput
from services.contacts.identifying.input_digests import MAX_DIGESTS, WIDTH
from services.contacts.person.state import Person
from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from shared.contracts.contacts import PersonDetailsChanged, TouchpointRecorded
from shared.contracts.facts import Details
from shared.contracts.person_facts import ChargePosted, PatientAdmitted
from tests.contacts.test_domain import AT, KNOWN, RULES, WANG, admitted, record
from tests.contacts.test_person_claims import touch
from tests.contacts.test_person_details import reported
from tests.world import World
from tests.world.promises import nothing_is_doubled

MANY = 600
"""More than any window there was."""


def charge(number: int, amount: str = "5.50") -> RecordInput:
    posted = his.ChargePosted(
        at=AT + timedelta(minutes=number),
        patient_key="k1",
        patient=Details(identifiers=WANG.identifiers),
        message_id=f"m{number}",
        charge_id=f"c{number}",
        amount=Decimal(amount),
    )
    return record_input(posted, f"fact-{number}")


def record_input(fact: Any, input_id: str, id: str = "") -> RecordInput:
    return changed(record(fact), input_id=input_id, id=id or f"record-{input_id}")


def test_six_hundred_charges_told_again_in_order_are_no_news() -> None:
    history = RULES.given(*KNOWN)
    for number in range(MANY):
        history.when(charge(number)).then_only(ChargePosted)
    for number in range(MANY):
        history.when(charge(number)).then_nothing()


def test_a_touchpoint_told_again_after_six_hundred_others_is_no_news() -> None:
    history = RULES.given(*KNOWN)
    for number in range(MANY):
        history.when(record(touch(f"t{number}", phone="138"))).then_only(TouchpointRecorded)
    history.when(record(touch("t0", AT + timedelta(days=9), phone="138"))).then_nothing()


def test_an_input_that_was_settled_by_a_person_is_recorded_once_too() -> None:
    history = RULES.given(*KNOWN)
    history.when(record_input(admitted(), "fact", "decided")).then_only(PatientAdmitted)
    history.when(record_input(admitted(), "fact", "told again")).then_nothing()


def test_two_changes_of_one_instant_told_again_do_not_change_back() -> None:
    one, other = (Details(identifiers=WANG.identifiers, name=name) for name in ("甲", "乙"))
    history = RULES.given(*KNOWN)
    inputs = [record_input(reported(details, 1), f"fact-{details.name}") for details in (one, other)]
    for each in inputs:
        history.when(each).then_only(PersonDetailsChanged)
    for each in inputs:
        history.when(each).then_nothing()
    assert history.state.details.name == "乙"


def test_a_corrected_fact_of_the_same_message_is_told() -> None:
    history = RULES.given(*KNOWN)
    history.when(charge(1)).then_only(ChargePosted)
    corrected = changed(charge(1, "6.50"), input_id="replayed", id="replayed")
    assert history.when(corrected).one(ChargePosted).amount == Decimal("6.50")


def test_a_fact_recorded_before_its_input_was_named_is_not_recorded_again_but_a_corrected_one_is() -> None:
    recorded = RULES.given(*KNOWN).when(charge(1)).one(ChargePosted)
    history = RULES.given(*KNOWN, changed(recorded, input_id=""))
    history.when(charge(1)).then_nothing()
    history.when(charge(1, "6.50")).then_only(ChargePosted)


def test_each_thing_costs_at_most_48_bytes() -> None:
    history = RULES.given(*KNOWN)
    for many in (MANY // 2, MANY):
        before = written(history.state)
        for number in range(many):
            history.when(charge(many * 10 + number))
        assert (written(history.state) - before) / many <= 48


def written(person: Person) -> int:
    """Bytes in a checkpoint."""
    parts = (person.stored(part).model_dump_json() for part in person.parts().values())
    return len(person.model_dump_json()) + sum(map(len, parts))


def test_what_is_recorded_is_recorded_once_whatever_crashes() -> None:
    for seed in range(3):
        world = World(seed, faults=0.05, transactions=bool(seed % 2))
        for _ in range(2):
            for number in range(MANY):
                world.send("contacts", charge(number))
            world.rest()
        assert list(nothing_is_doubled(world)) == []
        assert len(world.events(ChargePosted)) == MANY
        assert world.crashes


def test_what_much_is_told_of_is_divided_and_only_what_changed_is_written_again() -> None:
    history = RULES.given(*KNOWN)
    for number in range(MAX_DIGESTS + 1):
        history.when(charge(number))
    before = history.state
    assert (before.heard, sum(map(len, before.parts().values()))) == ("", WIDTH * (MAX_DIGESTS + 2))
    history.when(charge(MAX_DIGESTS + 1))
    assert sum(part is not before.parts().get(at) for at, part in history.state.parts().items()) == 1
    stored = {at: before.stored(part) for at, part in before.parts().items()}
    restored = Person.model_validate(before.model_dump(mode="json")).joined(stored)
    assert restored == before
