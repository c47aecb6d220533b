"""How a human can be reached and what holds for them, under whichever record it was said. A specification."""

from datetime import timedelta
from typing import Any

import pytest

from services.notify.commands import LearnReach, LearnRecipient, LearnStanding, ShareRefusals
from services.notify.policies import POLICIES
from services.notify.state import Recipient
from shared.contracts.base import changed
from shared.contracts.contacts import Human, PersonDetailsChanged, PersonErased
from shared.contracts.facts import Details
from shared.contracts.notify import (
    AttemptAssigned,
    MessageSuppressed,
    ReachLearned,
    ReachShared,
    RecipientChanged,
    StandingLearned,
)
from shared.testing import Reacts, When
from tests.notify.test_domain import KNOWN, NOON, RULES, request

LATER = NOON + timedelta(hours=1)
ONE = Human(lead="p", members=("p", "q"), version=3)
ALONE = Human(lead="p", members=("p",), version=4)


def standing(human: Human = ONE, **fields: Any) -> LearnStanding:
    consents = fields.pop("consents", {})
    consented = dict.fromkeys(consents, fields.pop("at", NOON))
    values = {"consents": consents, "consented": consented, **fields}
    return LearnStanding(id=f"s{human.version}", at=NOON, recipient_id="p", human=human, **values)


def reach(version: int = 3, email: str | None = "other@x.example") -> LearnReach:
    return LearnReach(id=f"r{version}", at=NOON, recipient_id="p", about="q", version=version, email=email)


def suppressed(history: When[Recipient], **more: Any) -> str:
    reason: str = history.when(request(**more)).one(MessageSuppressed).reason
    return reason


def test_a_no_under_any_record_is_a_no_of_the_human() -> None:
    history = RULES.given(KNOWN)
    history.when(standing(consents={"care": False})).one(StandingLearned)
    assert suppressed(history) == "no-consent"


def test_a_death_under_any_record_is_the_humans_and_can_be_taken_back() -> None:
    history = RULES.given(KNOWN)
    history.when(standing(dead=True, death_said=NOON))
    assert suppressed(history) == "died"
    history.when(standing(ALONE))
    history.when(request(message_id="m2")).one(AttemptAssigned)


def test_older_word_of_the_registry_changes_nothing() -> None:
    history = RULES.given(KNOWN)
    history.when(standing(changed(ONE, version=5), dead=True, death_said=NOON))
    history.when(standing(ONE)).then_nothing()


def test_an_address_known_under_any_record_serves_the_human() -> None:
    history = RULES.given()
    history.when(standing())
    history.when(reach()).one(ReachLearned)
    assert history.when(request()).one(AttemptAssigned).address == "other@x.example"


def test_an_address_that_comes_before_the_merge_is_heard_of_is_kept_and_used_after_it() -> None:
    history = RULES.given()
    history.when(reach(version=3))
    history.when(standing(changed(ALONE, version=2)))
    assert suppressed(history, message_id="early") == "no-address"
    history.when(standing(ONE))
    assert history.when(request()).one(AttemptAssigned).address == "other@x.example"


def test_an_address_of_somebody_who_is_not_this_human_any_more_is_dropped() -> None:
    history = RULES.given()
    history.when(standing())
    history.when(reach())
    history.when(standing(ALONE))
    assert history.state.others == {}
    history.when(reach(version=3)).then_nothing()
    assert suppressed(history) == "no-address"


def test_a_record_tells_those_that_are_new_to_it_how_it_is_reached_and_all_what_changes() -> None:
    history = RULES.given(KNOWN)
    assert history.when(standing()).one(ReachShared).with_recipient == "q"
    history.when(standing(changed(ONE, version=4))).then_only(StandingLearned)
    news = LearnRecipient(id="l", at=LATER, recipient_id="p", email="new@x.example")
    assert history.when(news).then_only(RecipientChanged, ReachShared).one(ReachShared).email == "new@x.example"


def test_an_address_the_hospital_cleared_is_not_used_any_more() -> None:
    gone = PersonDetailsChanged(at=LATER, person_id="p", details=Details(name="王"), changed=("email",))
    learn = Reacts(POLICIES).to(gone).one(LearnRecipient)
    history = RULES.given(KNOWN)
    assert history.when(learn).one(RecipientChanged).email is None
    assert suppressed(history) == "no-address"


def test_an_erased_human_cannot_be_reached_under_any_record() -> None:
    history = RULES.given(KNOWN)
    history.when(standing())
    history.when(reach())
    erased = PersonErased(at=LATER, person_id="p", cluster=("p",), keys=("k",), requested_by="c")
    history.when(Reacts(POLICIES).to(erased).one(LearnRecipient))
    assert suppressed(history) == "no-address"


@pytest.mark.parametrize(("stated_at", "allowed"), [(LATER, False), (NOON - timedelta(days=1), True)])
def test_what_was_refused_before_the_registry_told_holds_until_it_says_so_itself(stated_at: Any, allowed: bool) -> None:
    """An installation that is brought up to date replays old words: no older yes may overtake a later no."""
    legacy = changed(KNOWN, at=stated_at, consents={"care": False})
    history = RULES.given(legacy)
    history.when(standing(consents={"care": True}))
    events = history.when(request()).events
    assert any(isinstance(event, AttemptAssigned) for event in events) == allowed


def test_a_death_known_from_before_holds_until_the_registry_speaks_of_deaths() -> None:
    history = RULES.given(changed(KNOWN, died=True))
    history.when(standing())
    assert suppressed(history) == "died"
    history.when(standing(ALONE, death_said=LATER))
    history.when(request(message_id="m2")).one(AttemptAssigned)


def test_a_merge_of_older_versions_still_on_its_way_is_done_with() -> None:
    RULES.given(KNOWN).when(ShareRefusals(id="s", at=NOON, recipient_id="p", with_recipient="q")).then_nothing()
