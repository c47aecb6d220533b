"""The 360 of a human: what is known, what is only claimed, and who confirmed what."""

from datetime import timedelta
from typing import Any

from services.contacts.projections import PERSON_360
from services.contacts.view import compose, who
from shared.contracts.base import Event
from shared.contracts.contacts import ClaimConfirmed, PersonErased
from shared.testing import Shows
from tests.contacts.test_claims import FORM, LATER, NO_MAIL, confirm, touch
from tests.contacts.test_domain import AT, RULES, WANG, admitted, record

ERASED = PersonErased(at=LATER, person_id="p", cluster=("p",), keys=("p",), requested_by="clerk")


def told(*inputs: Any) -> list[Event]:
    history, events = RULES.given(), list[Event]()
    for each in inputs:
        events += history.when(record(each)).events
    return events


def shown(*events: Event, batch: int = 1000) -> Any:
    return Shows(PERSON_360).given(*events, batch=batch).document("p")


def values(view: Any) -> dict[str, str]:
    return {claim["field"]: claim["value"] for claim in view["claims"]}


def test_a_caller_whom_nobody_knows_is_shown_by_what_they_claim_and_marked() -> None:
    view = who([shown(*told(touch(phone="137", name="李", email="l@x.example")))])
    assert view["identity"] == {
        **view["identity"],
        "name": "李",
        "phones": ["137"],
        "email": None,
        "claimed": ["name", "phones"],
    }
    assert values(view) == {"name": "李", "phones": "137", "email": "l@x.example"}


def test_what_is_known_is_never_hidden_by_what_is_claimed() -> None:
    view = who([shown(*told(admitted(NO_MAIL), FORM))])
    assert (view["identity"]["name"], view["identity"]["phones"], view["identity"]["email"]) == (
        "王秀英",
        ["138"],
        None,
    )
    assert "claimed" not in view["identity"]
    assert values(view) == {"name": "别名", "email": "stranger@x.example"}


def test_a_confirmed_claim_is_shown_with_who_confirmed_it_until_the_hospital_says_otherwise() -> None:
    history = RULES.given(*(events := told(admitted(NO_MAIL), FORM)))
    mail = next(claim for claim in history.state.claims if claim.field == "email")
    events += history.when(confirm(mail)).events
    view = who([shown(*events)])
    assert view["identity"]["email"] == "stranger@x.example"
    assert (view["confirmed"]["email"]["confirmed_by"], view["confirmed"]["email"]["claim_id"]) == (
        "desk",
        mail.claim_id,
    )
    assert values(view) == {"name": "别名"}
    events += history.when(record(admitted(WANG, LATER + timedelta(hours=1)))).events
    view = who([shown(*events)])
    assert (view["identity"]["email"], view["confirmed"]) == (WANG.email, {})


def test_what_one_record_claims_another_one_of_the_same_human_may_confirm() -> None:
    prospect = {**shown(*told(touch(phone="138", name="王秀英", email="new@x.example"))), "_id": "q"}
    view = compose("q", ["q", "p"], [prospect, shown(*told(admitted()))], [])
    assert (view["identity"]["name"], "claimed" in view["identity"]) == ("王秀英", False)
    assert [(claim["person_id"], claim["value"]) for claim in view["claims"]] == [("q", "new@x.example")]


def test_nothing_that_an_erased_person_claimed_is_left() -> None:
    confirmation = ClaimConfirmed(at=LATER, person_id="p", claim_id="c", field="email", confirmed_by="desk")
    events = told(admitted(NO_MAIL), FORM)
    for order in ([*events, confirmation, ERASED], [ERASED, *events, confirmation]):
        document = shown(*order)
        assert {**document, "identity": {}, "claims": [], "confirmed": {}} == document
        assert who([document]) == {"identity": {}, "claims": [], "confirmed": {}}


def test_a_document_of_before_there_were_claims_goes_on() -> None:
    old = {"_id": "p", "person_id": "p", "identity": {"name": "王"}, "visits": {}, "consents": {}, "counts": {}}
    assert who([old]) == {"identity": {"name": "王"}, "claims": [], "confirmed": {}}
    shows = Shows(PERSON_360)
    shows.documents["p"] = old
    assert values(who([shows.given(*told(FORM)[1:]).document("p")]))["email"] == "stranger@x.example"


def test_batches_do_not_change_what_is_claimed() -> None:
    events = told(admitted(NO_MAIL), FORM, touch("t2", AT + timedelta(hours=2), name="王", phone="138"))
    assert shown(*events, batch=1) == shown(*events)
