"""Which commands contacts makes of what hospitals and callers report, and of the registry's events."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.contacts.commands import ForgetPerson, NoteStanding, RecordInput, TakeBackClaims
from services.contacts.identifying.definitions import Identity
from services.contacts.policies import FORGET, NOTE, RECORD, STAND, TAKE_BACK, asking_about, inbox, resolve_facts
from services.contacts.registry.commands import NoteConsent, NoteDeath, ResolveIdentity
from services.contacts.registry.identifiers import keys_of
from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from shared.contracts.contacts import (
    Claim,
    ConsentChanged,
    Human,
    IdentityResolved,
    KnownIdentifier,
    PersonErased,
    TouchpointRecorded,
    TouchpointReported,
)
from shared.contracts.contacts_standing import StandingChanged
from shared.contracts.facts import Details, Identifier, RelatedPerson, Visit
from shared.contracts.person_facts import DeathTakenBack, PatientDied
from shared.definitions import Definitions
from shared.ids import derive
from shared.personal import forgotten
from shared.policy import caused
from shared.testing import Reacts, envelope

KEY = b"k" * 32
NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
KEYS = keys_of(KEY, Definitions())
REACTS = Reacts((resolve_facts(KEY), RECORD, STAND, NOTE, TAKE_BACK, FORGET))
INBOX = Reacts((inbox(KEY),), kind="inbox")
ONE = Human(lead="q", members=("q", "p"), version=5)
RECORD_NUMBER = Identifier(system="MRN:CITY", key="mrn", value="100234")
NATIONAL = Identifier(system="NI:NAT", key="ni", value="11010519491231002X")
WANG = Details(
    identifiers=(RECORD_NUMBER, NATIONAL),
    name="王秀英",
    birth_date=date(1949, 12, 31),
    sex="female",
    phones=("13800138000",),
    email="w@x.example",
)
ADMITTED = his.PatientAdmitted(at=NINE, patient_key="mrn", patient=WANG, message_id="m", visit=Visit(visit_id="v"))
TOUCH = TouchpointReported(
    at=NINE,
    touchpoint_id="t",
    identifiers=(
        KnownIdentifier(system="MRN:CITY", value="100234"),
        KnownIdentifier(system="Phone", value="13800138000"),
        KnownIdentifier(system="EMAIL", value="w@x.example"),
    ),
    channel="phone",
    direction="inbound",
    name="王秀英",
)


def asked(event: Any) -> ResolveIdentity:
    """The command to the registry that an event causes."""
    command: ResolveIdentity = REACTS.to(event).then_only(ResolveIdentity).one(ResolveIdentity)
    return command


def test_a_fact_asks_the_registry_who_it_is_about_by_hashes_and_carries_itself() -> None:
    numbers = [
        KEYS.number("MRN:CITY", "100234", NINE.date(), "mrn"),
        KEYS.number("NI:NAT", NATIONAL.value, NINE.date(), "ni"),
    ]
    [record, national] = [number for number in numbers if number]
    assert asked(ADMITTED) == ResolveIdentity(
        id=caused(envelope(ADMITTED), "resolve"),
        at=NINE,
        input_id=envelope(ADMITTED).id,
        sealed_for="mrn",
        strong=("mrn", "ni", national.national),
        records=("mrn",),
        phones=(*KEYS.phones(["13800138000"]), *KEYS.emails(["w@x.example"])),
        name_key=KEYS.before(WANG),
        traits=KEYS.traits(WANG, [record, national], NINE.date()),
        message_keys=("m",),
        carried_type=his.PatientAdmitted.wire,
        carried=ADMITTED.model_dump(mode="json", exclude={"at"}),
    )


def test_nothing_that_names_somebody_is_in_clear_outside_what_is_sealed() -> None:
    clear = str(asked(ADMITTED).model_dump(exclude={"carried"}))
    assert not any(word in clear for word in ("王秀英", "100234", "13800138000", "w@x.example", "1949"))


def test_a_fact_without_a_number_or_phone_is_known_by_itself() -> None:
    nameless = changed(ADMITTED, patient=Details(name="王秀英"), patient_key="none")
    question = asked(nameless)
    assert (question.strong, question.phones, question.sealed_for) == ((), (), envelope(nameless).id)
    assert question.message_keys == ("m", "none")


def test_numbers_that_are_linked_are_the_same_human_and_no_names_of_the_one_who_is_asked_about() -> None:
    linked = his.PatientsLinked(at=NINE, patient_key="mrn", patient=WANG, message_id="m", others=(NATIONAL,))
    question = asked(linked)
    assert (question.same, question.apart, question.aliases) == (("ni",), (), False)
    assert question.strong == ("mrn",)
    assert asked(changed(linked, aliases=True)).aliases


def test_numbers_that_are_unlinked_are_somebody_else() -> None:
    others = (NATIONAL, Identifier(system="MRN:CITY", key="a", value="7"))
    unlinked = his.PatientsUnlinked(at=NINE, patient_key="mrn", patient=WANG, message_id="m", others=others)
    question = asked(unlinked)
    assert (question.apart, question.same, question.strong) == (("a", "ni"), (), ("mrn",))


def test_the_phones_of_relatives_stand_beside_those_of_the_patient() -> None:
    relation = RelatedPerson(relation_id="r", phones=("13900139000",))
    reported = his.RelativeReported(at=NINE, patient_key="mrn", patient=WANG, message_id="m", relative=relation)
    assert asked(reported).beside == KEYS.phones(["13900139000"])
    assert asked(changed(reported, relative=changed(relation, phones=None))).beside == ()


def test_a_touchpoint_on_the_inbox_asks_as_one_over_http_does_and_is_known_by_its_sources_own_id() -> None:
    reported = envelope(TOUCH)
    asking = asking_about(KEY, TOUCH, derive(reported.source, "t"), derive(reported.source, reported.id))
    INBOX.to(TOUCH).then(asking)
    assert (asking.input_id, asking.carried_type) == (derive(reported.source, "t"), TouchpointReported.wire)
    assert asking.carried == TOUCH.model_dump(mode="json", exclude={"at"})


def test_a_touchpoint_is_asked_about_by_its_numbers_phones_and_addresses_however_they_are_called() -> None:
    question = asking_about(KEY, TOUCH, "i", "c")
    number = KEYS.number("MRN:CITY", "100234", NINE.date())
    assert number
    assert (question.id, question.strong, question.records) == ("c", number.keys, (number.key,))
    assert question.phones == (*KEYS.phones(["13800138000"]), *KEYS.emails(["w@x.example"]))
    assert question.traits
    assert (question.traits.name_key, question.message_keys) == (KEYS.name("王秀英"), ())


def test_a_caller_of_whom_only_a_phone_is_known_is_sealed_for_the_touchpoint() -> None:
    question = asking_about(KEY, changed(TOUCH, identifiers=TOUCH.identifiers[1:2]), "i", "c")
    assert (question.strong, question.sealed_for, question.message_keys) == ((), "i", ())
    assert question.phones == KEYS.phones(["13800138000"])


def test_of_several_addresses_the_first_counts_and_every_phone() -> None:
    others = (
        KnownIdentifier(system="email", value="b@x.example"),
        KnownIdentifier(system="phone", value="13900139000"),
    )
    more = (*TOUCH.identifiers, *others)
    question = asking_about(KEY, changed(TOUCH, identifiers=more), "i", "c")
    assert question.phones == (*KEYS.phones(["13800138000", "13900139000"]), *KEYS.emails(["w@x.example"]))


def test_a_record_number_that_looks_like_a_phone_is_none() -> None:
    touch = changed(TOUCH, identifiers=(KnownIdentifier(system="MRN:CITY", value="13900139000"),))
    question = asking_about(KEY, touch, "i", "c")
    assert (question.phones, len(question.strong)) == ((), 1)


def test_the_rules_of_a_site_say_what_names_nobody() -> None:
    rules = Definitions.of(Identity(id="default", version=1, nobody=("13800138000", "100234")))
    ours, theirs = asking_about(KEY, TOUCH, "i", "c", rules), Reacts((inbox(KEY),), rules, "inbox").to(TOUCH)
    assert (ours.strong, ours.phones) == ((), KEYS.emails(["w@x.example"]))
    assert theirs.one(ResolveIdentity).phones == ours.phones


def test_deaths_consents_and_touchpoints_of_long_ago_are_heard_from_the_beginning() -> None:
    assert [policy.begins for policy in (NOTE, TAKE_BACK, RECORD)] == ["beginning", "beginning", None]


def test_a_number_that_is_empty_is_passed_over_and_one_that_names_nobody_too() -> None:
    blank = (
        KnownIdentifier(system="MRN:CITY", value=""),
        KnownIdentifier(system="phone", value=None),
        KnownIdentifier(system="MRN:CITY", value="0000"),
    )
    question = asking_about(KEY, changed(TOUCH, identifiers=blank), "i", "c")
    assert (question.strong, question.phones) == ((), ())


def test_a_touchpoint_without_any_number_is_refused() -> None:
    INBOX.to(changed(TOUCH, identifiers=(KnownIdentifier(system="phone", value=""),))).rejected("identifier-missing")


def test_who_was_found_has_the_input_recorded() -> None:
    resolved = IdentityResolved(
        at=NINE,
        person_id="p",
        method="new",
        explanation="",
        input_id="i",
        carried_type=his.PatientAdmitted.wire,
        carried={"x": 1},
        human=ONE,
    )
    REACTS.to(resolved).then(
        RecordInput(
            id=caused(envelope(resolved), "record"),
            at=NINE,
            person_id="p",
            input_id="i",
            input_type=his.PatientAdmitted.wire,
            input={"x": 1},
            human=ONE,
        )
    )


def test_everybody_in_the_cluster_of_an_erased_person_is_forgotten() -> None:
    erased = PersonErased(at=NINE, person_id="p", cluster=("p", "q"), keys=("k",), requested_by="clerk")
    REACTS.to(erased).then(
        *(
            ForgetPerson(id=caused(envelope(erased), "forget", person), at=NINE, person_id=person)
            for person in ("p", "q")
        )
    )


def test_a_touchpoint_of_before_there_were_claims_has_them_taken_back_and_a_newer_one_not() -> None:
    touch = TouchpointRecorded(at=NINE, person_id="p", touchpoint_id="t", channel="phone", direction="inbound")
    claim = Claim(claim_id="c", field="name", value="王", touchpoint_id="t", channel="phone", stated_at=NINE)
    REACTS.to(touch).then(TakeBackClaims(id=caused(envelope(touch), "take-back"), at=NINE, person_id="p"))
    REACTS.to(changed(touch, claims=(claim,))).then_nothing()


def test_a_death_is_noted_with_when_it_was() -> None:
    died = PatientDied(at=NINE, person_id="p", source_key="k", since=date(2026, 3, 1))
    REACTS.to(died).then(
        NoteDeath(id=caused(envelope(died), "note"), at=NINE, person_id="p", dead=True, since=date(2026, 3, 1))
    )


def test_a_death_that_is_taken_back_is_noted_under_this_record_alone() -> None:
    lives = DeathTakenBack(at=NINE, person_id="p", source_key="k", since=date(2026, 3, 1))
    REACTS.to(lives).then(NoteDeath(id=caused(envelope(lives), "note"), at=NINE, person_id="p", dead=False))


@pytest.mark.parametrize("granted", [True, False])
def test_what_a_person_allows_is_noted(granted: bool) -> None:
    consent = ConsentChanged(at=NINE, person_id="p", purpose="survey", granted=granted)
    REACTS.to(consent).then(
        NoteConsent(id=caused(envelope(consent), "note"), at=NINE, person_id="p", purpose="survey", granted=granted)
    )


def test_what_holds_for_a_human_is_told_under_each_of_their_records() -> None:
    standing = StandingChanged(
        at=NINE,
        human=ONE,
        dead=True,
        dead_since=NINE,
        death_said=NINE,
        consents={"survey": False},
        consented={"survey": NINE},
    )
    REACTS.to(standing).then(
        *(
            NoteStanding(
                id=caused(envelope(standing), "stand", person),
                at=NINE,
                person_id=person,
                human=ONE,
                dead=True,
                dead_since=NINE,
                death_said=NINE,
                consents={"survey": False},
                consented={"survey": NINE},
            )
            for person in ("q", "p")
        )
    )


def test_a_fact_whose_message_the_patients_erasure_reaches_names_no_key_of_it() -> None:
    assert asked(changed(ADMITTED, reachable=True)).message_keys == ()


def test_a_fact_that_was_erased_on_its_way_asks_nothing() -> None:
    gone = changed(ADMITTED, patient=forgotten(ADMITTED.patient))
    Reacts((resolve_facts(KEY),)).to(gone).then()
    Reacts((resolve_facts(KEY),)).to(changed(gone, patient=changed(gone.patient, identifiers=()))).one(ResolveIdentity)
