"""Given wishes to erase somebody, what waits for a second person."""

from services.contacts.waiting import APPROVALS
from shared.contracts.contacts import PersonErased
from shared.testing import Shows
from tests.contacts.test_registry_domain import ANNA
from tests.contacts.test_registry_erasure_requests import DECLINED, REQUESTED, RULES, decides


def test_what_waits_is_listed_until_it_is_decided() -> None:
    [waits] = Shows(APPROVALS).given(REQUESTED).documents.values()
    assert (waits["kind"], waits["subject"], waits["proposed_by"]) == ("erasure", ANNA.person_id, "li")
    assert waits["decide"] == f"/v1/persons/{ANNA.person_id}/erasure/decision"
    erased = RULES.given(ANNA, REQUESTED).when(decides()).one(PersonErased)
    for over in (DECLINED, erased):
        assert Shows(APPROVALS).given(REQUESTED, over).documents == {}
