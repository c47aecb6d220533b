"""The 360 of a human: confirmed details, claims, and who confirmed what."""

from datetime import datetime, timedelta
from typing import Any

from services.contacts.person_360 import PERSON_360, compose
from services.contacts.person_360.composing import who
from shared.contracts.base import Event
from shared.contracts.contacts import ClaimConfirmed, PersonErased
from shared.testing import Shows
from tests.contacts.test_domain import AT, RULES, WANG, admitted, record
from tests.contacts.test_person_claims import FORM, LATER, NO_MAIL, confirm, touch

ERASED = PersonErased(at=LATER, person_id="p", cluster=("p",), keys=("p",), requested_by="clerk")


def recorded(*inputs: Any) -> list[Event]:
    history, events = RULES.given(), list[Event]()
    for each in inputs:
        events += history.when(record(each)).events
    return events


def shown(*events: Event, batch: int = 1000) -> Any:
    return Shows(PERSON_360).given(*events, batch=batch).document("p")


def values(view: Any) -> dict[str, str]:
    return {claim["field"]: claim["value"] for claim in view["claims"]}


def test_a_caller_whom_nobody_knows_is_shown_by_what_they_claim_and_marked() -> None:
    view = who([shown(*recorded(touch(phone="137", name="李", email="l@x.example")))])
    assert view["identity"] == {
        **view["identity"],
        "name": "李",
        "phones": ["137"],
        "email": None,
        "claimed": ["name", "phones"],
    }
    assert values(view) == {"name": "李", "phones": "137", "email": "l@x.example"}


def test_what_is_known_is_never_hidden_by_what_is_claimed() -> None:
    view = who([shown(*recorded(admitted(NO_MAIL), FORM))])
    assert (view["identity"]["name"], view["identity"]["phones"], view["identity"]["email"]) == (
        "王秀英",
        ["138"],
        None,
    )
    assert "claimed" not in view["identity"]
    assert values(view) == {"name": "别名", "email": "stranger@x.example"}


def test_a_confirmed_claim_is_shown_with_who_confirmed_it_until_the_hospital_says_otherwise() -> None:
    history = RULES.given(*(events := recorded(admitted(NO_MAIL), FORM)))
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
    prospect = {**shown(*recorded(touch(phone="138", name="王秀英", email="new@x.example"))), "_id": "q"}
    view = compose("q", ["q", "p"], [prospect, shown(*recorded(admitted()))], [])
    assert (view["identity"]["name"], "claimed" in view["identity"]) == ("王秀英", False)
    assert [(claim["person_id"], claim["value"]) for claim in view["claims"]] == [("q", "new@x.example")]


def test_nothing_that_an_erased_person_claimed_is_left() -> None:
    confirmation = ClaimConfirmed(at=LATER, person_id="p", claim_id="c", field="email", confirmed_by="desk")
    events = recorded(admitted(NO_MAIL), FORM)
    for order in ([*events, confirmation, ERASED], [ERASED, *events, confirmation]):
        document = shown(*order)
        assert {**document, "identity": {}, "claims": [], "confirmed": {}} == document
        assert who([document]) == {"identity": {}, "claims": [], "confirmed": {}}


def test_a_document_of_before_there_were_claims_goes_on() -> None:
    old = {"_id": "p", "person_id": "p", "identity": {"name": "王"}, "visits": {}, "consents": {}, "counts": {}}
    assert who([old]) == {"identity": {"name": "王"}, "claims": [], "confirmed": {}}
    shows = Shows(PERSON_360)
    shows.documents["p"] = old
    assert values(who([shows.given(*recorded(FORM)[1:]).document("p")]))["email"] == "stranger@x.example"


def test_batches_do_not_change_what_is_claimed() -> None:
    events = recorded(admitted(NO_MAIL), FORM, touch("t2", AT + timedelta(hours=2), name="王", phone="138"))
    assert shown(*events, batch=1) == shown(*events)


def record_of(id: str, **more: Any) -> Any:
    """A document of the 360 with little in it."""
    empty: dict[str, Any] = {"identity": {}, "visits": {}, "consents": {}, "counts": {}}
    return {"_id": id, "person_id": id, **empty, **more}


def test_a_view_is_composed_over_all_records_of_one_human_the_one_asked_for_first() -> None:
    mine = record_of("p", identity={"name": "王秀英", "email": None}, visits={"v": {"visit_id": "v"}}, counts={"A": 1})
    theirs = record_of(
        "q",
        identity={"name": "W.", "email": "w@x.example"},
        visits={"w": {"visit_id": "w"}},
        counts={"A": 2, "B": 1},
    )
    entries = [{"event_id": "e"}]
    view = compose("p", ["q", "p", "r"], [theirs, mine], entries)
    assert view["identity"] == {"name": "王秀英", "email": "w@x.example"}
    assert ([visit["visit_id"] for visit in view["visits"]], view["counts"]) == (["v", "w"], {"A": 3, "B": 1})
    assert (view["person_id"], view["cluster"], view["timeline"]) == ("p", ["q", "p", "r"], entries)
    assert compose("q", ["q", "p"], [theirs, mine], [])["identity"]["name"] == "W."


def test_a_human_of_whom_one_record_was_erased_is_erased() -> None:
    assert compose("p", ["p", "q"], [record_of("p"), record_of("q", erased=True)], [])["erased"] is True
    assert compose("p", ["p", "q"], [record_of("p"), record_of("q")], [])["erased"] is False


def test_what_the_registry_told_last_holds_whichever_record_it_is_shown_under() -> None:
    older = record_of("p", standing=4, dead=False, dead_since=None, consents={"survey": True})
    newer = record_of("q", standing=5, dead=True, dead_since="2026-03-01", consents={"survey": False})
    for id in ("p", "q"):
        view = compose(id, ["p", "q"], [older, newer], [])
        assert (view["dead"], view["dead_since"], view["consents"]) == (True, "2026-03-01", {"survey": False})
        again = compose(id, ["p", "q"], [newer, {**older, "standing": 6}], [])
        assert (again["dead"], again["consents"]) == (False, {"survey": True})


def test_before_the_registry_told_of_standings_a_no_under_any_record_counts() -> None:
    yes = record_of("p", consents={"survey": True, "care": True})
    no = record_of("q", consents={"survey": False, "marketing": True})
    for id in ("p", "q"):
        view = compose(id, ["p", "q"], [yes, no], [])
        assert view["consents"] == {"survey": False, "care": True, "marketing": True}
        assert (view["dead"], view["dead_since"]) == (False, None)


def test_who_confirmed_a_field_is_shown_with_the_record_whose_word_is_shown() -> None:
    mine = record_of("p", identity={"name": "王秀英"}, confirmed={"name": {"confirmed_by": "anna"}})
    theirs = record_of(
        "q",
        identity={"name": "王", "email": "w@x.example"},
        confirmed={"name": {"confirmed_by": "ben"}, "email": {"confirmed_by": "ben"}},
    )
    shown = who([mine, theirs])["confirmed"]
    assert {field: by["confirmed_by"] for field, by in shown.items()} == {"name": "anna", "email": "ben"}


def test_nothing_is_known_of_nobody() -> None:
    view = compose("p", ["p"], [], [])
    assert (view["identity"], view["visits"], view["consents"], view["dead"]) == ({}, [], {}, False)


def test_of_several_claims_the_newest_is_shown() -> None:
    events = recorded(touch("t1", name="旧", phone="137"), touch("t2", LATER, channel="desk", name="新", phone="139"))
    view = who([shown(*events)])
    assert (view["identity"]["name"], view["identity"]["phones"]) == ("新", ["139"])
    names = [claim for claim in view["claims"] if claim["field"] == "name"]
    assert [claim["value"] for claim in names] == ["新", "旧"]
    assert [datetime.fromisoformat(claim["said"]) for claim in names] == [LATER, AT]
