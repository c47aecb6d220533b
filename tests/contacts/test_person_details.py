"""Details are merged field by field: the newest value counts, whatever the order in which messages come."""

import random
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.contacts.person.state import Person
from shared.contracts import his_adapter as his
from shared.contracts import person_facts
from shared.contracts.base import changed
from shared.contracts.contacts import PersonDetailsChanged, PersonRegistered
from shared.contracts.facts import Details, Identifier
from shared.personal import field_tree, take_out
from tests.contacts.test_domain import AT, KNOWN, RULES, WANG, admitted, record

LATER = AT + timedelta(days=1)
MRN = WANG.identifiers


def reported(details: Details, hours: int = 0, message: str = "") -> his.PatientDetailsReported:
    at = AT + timedelta(hours=hours)
    return his.PatientDetailsReported(at=at, patient_key="k1", patient=details, message_id=message or f"m{hours}")


def change_by(fact: Any, *history: Any) -> PersonDetailsChanged:
    event: PersonDetailsChanged = RULES.given(*history).when(record(fact)).one(PersonDetailsChanged)
    return event


def test_a_deleted_address_is_told_as_deleted_and_an_unknown_one_not_at_all() -> None:
    event = change_by(admitted(Details(identifiers=MRN, cleared=("email",)), LATER), *KNOWN)
    assert event.details.stated_fields()["email"] is None
    assert "address" not in event.details.stated_fields()
    assert (event.changed, event.details.cleared) == (("email",), ("email",))


def test_what_was_deleted_is_told_with_every_later_change_until_it_is_known_again() -> None:
    gone = change_by(reported(Details(identifiers=MRN, cleared=("email", "phones")), 24), *KNOWN)
    renamed = change_by(reported(Details(identifiers=MRN, name="王秀"), 48), *KNOWN, gone)
    assert renamed.details.cleared == ("email", "phones")
    back = change_by(reported(Details(identifiers=MRN, email="n@x.example"), 72), *KNOWN, gone, renamed)
    assert (back.details.cleared, back.details.stated_fields()["email"]) == (("phones",), "n@x.example")


def test_a_reader_without_the_key_knows_what_was_deleted() -> None:
    event = change_by(admitted(Details(identifiers=MRN, cleared=("email",)), LATER), *KNOWN)
    data = event.model_dump(mode="json")
    take_out(field_tree(PersonDetailsChanged), data)
    assert PersonDetailsChanged.model_validate({**data, "at": event.at}).details.stated_fields() == {"email": None}


def test_an_event_of_before_deletions_were_told_is_still_understood() -> None:
    old = PersonDetailsChanged(at=LATER, person_id="p", details=changed(WANG, email=None), changed=("email",))
    renamed = change_by(reported(Details(identifiers=MRN, name="王秀"), 48), *KNOWN, old)
    assert renamed.details.cleared == ("email",)


def test_a_late_message_with_the_only_phone_is_not_dropped_after_a_newer_one_without() -> None:
    newer = RULES.when(record(reported(Details(identifiers=MRN, name="王秀英"), 24))).one(PersonRegistered)
    late = change_by(reported(Details(identifiers=MRN, name="旧名", phones=("138",)), 0), newer)
    assert (late.changed, late.details.name, late.details.phones) == (("phones",), "王秀英", ("138",))
    assert late.at == newer.at, "the whole is as new as its newest field"


def test_what_is_said_again_is_as_new_as_when_it_was_said_again() -> None:
    history = RULES.given(*KNOWN)
    [fact] = history.when(record(admitted(at=LATER))).then_only(person_facts.PatientAdmitted).events
    assert fact.restated == ("name", "birth_date", "phones", "email", "language")
    history.when(record(reported(Details(identifiers=MRN, phones=("139",)), 12))).then_nothing()


def test_details_that_are_said_again_without_a_fact_leave_a_trace_only_where_they_are_newer() -> None:
    history = RULES.given(*KNOWN)
    history.when(record(reported(WANG, 24))).then_only(person_facts.DetailsReported)
    history.when(record(reported(WANG, 24, "again"))).then_nothing()


def test_details_are_as_new_as_their_message_not_as_what_it_tells_of() -> None:
    death = his.PatientDied(
        at=AT - timedelta(days=9),
        patient_key="k1",
        patient=changed(WANG, phones=("139",)),
        message_id="m2",
        updated=LATER,
    )
    event, fact = RULES.given(*KNOWN).when(record(death)).events
    assert (event.details.phones, event.at, fact.at) == (("139",), LATER, death.at)


WORDS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["甲", "乙"]),
        "phones": st.sampled_from([("1",), ("2",)]),
        "email": st.sampled_from(["a@x.example", "b@x.example"]),
        "cleared": st.lists(st.sampled_from(["email", "phones", "address"]), unique=True).map(tuple),
    },
)


@given(st.lists(st.tuples(WORDS, st.booleans()), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_any_order_of_the_same_messages_gives_the_same_details(rows: list[Any], chance: random.Random) -> None:
    messages = [_message(index, words, alone) for index, (words, alone) in enumerate(rows)]
    straight, mixed = list(messages), list(messages)
    chance.shuffle(mixed)
    assert _known(mixed) == _known(straight)
    assert _known([*mixed, *mixed]) == _known(straight)


def _message(index: int, words: dict[str, Any], alone: bool) -> Any:
    details = Details(identifiers=(Identifier(system="MRN", key=f"k{index % 2}"),), **words)
    return reported(details, index) if alone else admitted(details, AT + timedelta(hours=index))


def _known(messages: list[Any]) -> tuple[Any, set[str]]:
    history = RULES.given()
    for message in messages:
        history.when(record(message))
    person: Person = history.state
    return person.details.stated_fields(), {each.key for each in person.details.identifiers}
