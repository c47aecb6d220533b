"""When sessions of a member of staff are over."""

from datetime import UTC, datetime, timedelta

from services.contacts.desks.commands import EndSessions
from services.contacts.desks.domain import OF_DESKS
from shared.contracts.contacts_desks import SessionsEnded
from shared.testing import Spec

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
RULES = Spec(OF_DESKS)
END = EndSessions(id="1", at=NINE, staff_id="liu", begun_before=NINE, ended_by="han")
ENDED = SessionsEnded(at=NINE, staff_id="liu", begun_before=NINE, ended_by="han")


def test_sessions_that_began_before_are_over() -> None:
    RULES.given().when(END).then(ENDED)


def test_later_ones_end_again_and_earlier_ones_are_over_already() -> None:
    later = NINE + timedelta(minutes=1)
    RULES.given(ENDED).when(END).then()
    again = EndSessions(id="2", at=NINE, staff_id="liu", begun_before=later, ended_by="liu")
    RULES.given(ENDED).when(again).then(SessionsEnded(at=NINE, staff_id="liu", begun_before=later, ended_by="liu"))
