"""An erasure drops inputs that wait or come late, unless they may be about somebody else."""

from services.contacts.registry.commands import ConfirmErasure, DecideIdentity, ErasePerson, ExpireInput
from services.contacts.registry.projections import REVIEWS
from shared.contracts.base import changed
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved, PersonErased
from shared.contracts.contacts_identity import ErasureCarriedOut, InputDropped
from shared.testing import Shows, When
from tests.contacts.test_registry_domain import ANNA, AT, BEN, RULES, asked

ERASE = ErasePerson(id="e", at=AT, person_id=ANNA.person_id, requested_by="clerk")
ERASE_BEN = changed(ERASE, id="e2", person_id=BEN.person_id)


def waiting(*candidates: str, id: str = "w", sealed_for: str = "w") -> IdentityAmbiguous:
    resolution = {"candidates": candidates, "explanation": "shared", "identifiers": ("phone",)}
    source = {"at": AT, "input_id": id, "sealed_for": sealed_for, "carried_type": "t", "carried": {"x": 1}}
    return IdentityAmbiguous.model_validate({**resolution, **source, "combination": id})


def test_an_input_that_may_be_of_somebody_else_waits_on_for_them_alone() -> None:
    history = RULES.given(ANNA, BEN, waiting(ANNA.person_id, BEN.person_id))
    assert "w" not in history.when(ERASE).one(PersonErased).keys
    assert history.state.waiting["w"].candidates == (BEN.person_id,)
    assert "w" in history.when(ERASE_BEN).one(PersonErased).keys
    assert not history.state.waiting
    assert not history.state.alike


def test_an_input_that_is_sealed_with_a_number_of_somebody_erased_goes_with_them() -> None:
    history = RULES.given(ANNA, BEN, waiting(ANNA.person_id, BEN.person_id, sealed_for="mrn-1"))
    dropped = history.when(ERASE).one(InputDropped)
    assert (dropped.input_id, dropped.reason) == ("w", "erased")
    assert not history.state.waiting
    history.when(DecideIdentity(id="d", at=AT, input_id="w", decided_by="lin")).rejected("input-not-waiting")


def test_an_input_that_waited_too_long_is_asked_about_no_more() -> None:
    history = RULES.given(ANNA, BEN, waiting(ANNA.person_id, BEN.person_id))
    expire = ExpireInput(id="x", at=AT, input_id="w")
    history.when(expire).then(InputDropped(at=AT, input_id="w", reason="expired"))
    history.when(expire).then_nothing()
    asking = waiting(ANNA.person_id, BEN.person_id)
    shows = Shows(REVIEWS).given(asking)
    assert shows.document("w")["kind"] == "input"
    shows = Shows(REVIEWS).given(asking, InputDropped(at=AT, input_id="w", reason="expired"))
    assert shows.documents == {}


def test_what_waited_under_a_number_goes_with_the_term_of_that_number() -> None:
    both = ANNA.person_id, BEN.person_id
    waits = [waiting(*both, id=id, sealed_for=number) for id, number in ("af", "bf", "cg", "dd")]
    history = RULES.given(ANNA, BEN, *waits)
    expire = ExpireInput(id="x", at=AT, sealed_for="f")
    history.when(expire).then(*(InputDropped(at=AT, input_id=id, reason="expired") for id in "ab"))
    assert set(history.state.waiting) == {"c", "d"}
    history.when(expire).then_nothing()


def sealed(history: When, key: str, *strong: str) -> When:  # type: ignore[type-arg]
    return history.when(changed(asked(f"{key}{strong}", strong), sealed_with=key))


def test_until_the_keys_are_gone_what_comes_of_a_number_goes_with_them_and_is_of_nobody() -> None:
    history = RULES.given(ANNA, BEN)
    erased = history.when(ERASE).one(PersonErased)
    sealed(history, "mrn-1", "mrn-1").then_nothing()
    sealed(history, "new", "new", "mrn-1").then_nothing()
    assert sealed(history, "mrn-2", "mrn-2").one(IdentityResolved).person_id == BEN.person_id
    confirmation = ConfirmErasure(id="done", at=AT, person_id=ANNA.person_id, cluster=erased.cluster)
    history.when(confirmation).then(ErasureCarriedOut(at=AT, person_id=ANNA.person_id, cluster=erased.cluster))
    history.when(changed(confirmation, id="again")).then_nothing()
    assert sealed(history, "mrn-1~1", "mrn-1").one(IdentityResolved).method == "new"


def test_what_was_erased_on_its_way_is_of_nobody() -> None:
    history = RULES.given(ANNA)
    history.when(changed(asked("i", ["mrn-9"]), carried=None)).then_nothing()


def test_an_erasure_of_an_old_log_awaits_nothing() -> None:
    history = RULES.given(ANNA)
    old = changed(history.when(ERASE).one(PersonErased), awaited=False)
    history = RULES.given(ANNA, old)
    assert sealed(history, "mrn-1~1", "mrn-1").one(IdentityResolved).method == "new"
