"""Which erasures wait for a second person, and what a certificate is made of."""

from services.contacts.erasure.projections import APPROVALS, ERASURES
from shared.contracts.contacts import PersonErased
from shared.testing import Shows, envelope
from tests.contacts.test_registry_domain import ANNA
from tests.contacts.test_registry_erasure_requests import DECLINED, REQUESTED, RULES, decides
from tests.contacts.test_registry_projections import ERASED, NINE


def test_what_waits_is_listed_until_it_is_decided() -> None:
    [waits] = Shows(APPROVALS).given(REQUESTED).documents.values()
    assert (waits["kind"], waits["subject"], waits["proposed_by"]) == ("erasure", ANNA.person_id, "li")
    assert waits["decide"] == f"/v1/persons/{ANNA.person_id}/erasure/decision"
    erased = RULES.given(ANNA, REQUESTED).when(decides()).one(PersonErased)
    for over in (DECLINED, erased):
        assert Shows(APPROVALS).given(REQUESTED, over).documents == {}


def test_the_certificate_of_an_erasure_is_found_under_every_record() -> None:
    shows = Shows(ERASURES).given(ERASED)
    for id in ("p", "q"):
        row = {name: value for name, value in shows.document(id).items() if name not in ("_seen", "_cause")}
        assert row == {
            "_id": id,
            "person_id": "p",
            "cluster": ["p", "q"],
            "keys": ["k", "p"],
            "requested_by": "clerk",
            "left": 0,
            "event_id": envelope(ERASED).id,
            "erased_at": NINE,
        }
