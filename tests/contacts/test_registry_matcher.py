"""Which keys the matcher teaches the registry, given the events of a person."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.contacts.bootstrap import build
from services.contacts.identifying.definitions import Identity
from services.contacts.registry.commands import LearnKeys
from services.contacts.registry.identifiers import keys_of
from services.contacts.registry.matcher import GROUP, learning
from shared.contracts.base import changed
from shared.contracts.contacts import Claim, PersonDetailsChanged, PersonRegistered, TouchpointRecorded, Traits
from shared.contracts.facts import Details, Identifier, RelatedPerson
from shared.contracts.person_facts import RelativeReported
from shared.definitions import Definitions
from shared.policy import caused
from shared.settings import Keys, Settings
from shared.testing import RECORDED, Reacts, envelope

KEY = b"k" * 32
NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
KEYS = keys_of(KEY, Definitions())
TEACHES = Reacts((learning(KEY),))
WANG = Details(
    identifiers=(Identifier(system="MRN:CITY", key="mrn", value="100234"),),
    name="王秀英",
    birth_date=date(1956, 4, 12),
    phones=("13800138000",),
    email="w@x.example",
)
REGISTERED = PersonRegistered(at=NINE, person_id="p", details=WANG)
TOUCH = TouchpointRecorded(at=NINE, person_id="p", touchpoint_id="t", channel="phone", direction="inbound")
RELATIVE = RelativeReported(
    at=NINE, person_id="p", source_key="k", relative=RelatedPerson(relation_id="r", phones=("13900139000",))
)


@pytest.mark.parametrize(
    "event", [REGISTERED, PersonDetailsChanged(at=NINE, person_id="p", details=WANG, changed=("name",))]
)
def test_who_somebody_is_is_taught_as_keys(event: Any) -> None:
    number = KEYS.number("MRN:CITY", "100234", RECORDED.date(), "mrn")
    assert number
    TEACHES.to(event).then(
        LearnKeys(
            id=caused(envelope(event), "learn-keys", KEYS.rules.ref),
            at=NINE,
            person_id="p",
            strong=("mrn",),
            phones=(*KEYS.phones(["13800138000"]), *KEYS.emails(["w@x.example"])),
            traits=KEYS.traits(WANG, [number], RECORDED.date()),
            patient=True,
        )
    )


def test_whether_somebody_is_of_age_is_judged_by_when_it_was_recorded() -> None:
    """Old news of a child is no news of a child today."""
    born = changed(REGISTERED, details=Details(name="王", birth_date=date(2007, 6, 1)), at=NINE.replace(year=2016))
    assert TEACHES.to(born).one(LearnKeys).traits.adult


def test_an_id_that_comes_with_its_server_as_well_is_taught_by_that_alone() -> None:
    ids = (
        Identifier(system="FHIR-SERVER:https://his", key="named", value="7"),
        Identifier(system="FHIR:CITY", key="bare", value="7"),
    )
    taught = TEACHES.to(changed(REGISTERED, details=changed(WANG, identifiers=ids))).one(LearnKeys)
    assert taught.strong == ("named",)
    former = TEACHES.to(changed(REGISTERED, details=changed(WANG, identifiers=ids[1:]))).one(LearnKeys)
    assert former.strong == ("bare",)


def test_who_has_no_number_is_no_patient() -> None:
    taught = TEACHES.to(changed(REGISTERED, details=Details(name="王秀英"))).one(LearnKeys)
    assert (taught.patient, taught.strong, taught.phones) == (False, (), ())


def test_of_a_caller_the_name_they_claim_is_taught_and_nothing_where_they_claim_none() -> None:
    claims = [
        Claim(claim_id=field, field=field, value=value, touchpoint_id="t", channel="phone", stated_at=NINE)
        for field, value in (("phones", "138"), ("name", "王秀英"))
    ]
    taught = TEACHES.to(changed(TOUCH, claims=tuple(claims))).one(LearnKeys)
    assert taught.traits == Traits(name_key=KEYS.name("王秀英"))
    assert (taught.phones, taught.patient) == ((), False)
    TEACHES.to(changed(TOUCH, claims=tuple(claims[:1]))).then_nothing()
    TEACHES.to(TOUCH).then_nothing()
    TEACHES.to(changed(REGISTERED, details=Details())).then_nothing()


def test_the_phones_of_relatives_are_taught_as_phones_beside() -> None:
    taught = TEACHES.to(RELATIVE).one(LearnKeys)
    assert (taught.beside, taught.phones, taught.traits) == (KEYS.phones(["13900139000"]), (), Traits())
    assert TEACHES.to(changed(RELATIVE, relative=RelatedPerson(relation_id="r"))).one(LearnKeys).beside == ()


def test_another_version_of_the_rules_teaches_anew() -> None:
    newer = Definitions.of(Identity(id="default", version=2))
    again = Reacts((learning(KEY, newer),), newer).to(REGISTERED).one(LearnKeys)
    assert again.id != TEACHES.to(REGISTERED).one(LearnKeys).id


def test_an_old_log_is_taught_from_its_beginning_by_a_role_of_its_own() -> None:
    contacts = build(Settings(keys=Keys(master="11" * 32, site="22" * 32)))
    reads = contacts.groups()[GROUP]
    assert (reads.topics, reads.begins) == (["careloop.contacts.events.v1"], "beginning")
    assert "matcher" in [role.name for role in contacts.roles]
