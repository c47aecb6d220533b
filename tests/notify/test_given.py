"""What plans, SLA policies and watches say their messages are given is what the messages have."""

import pytest

from services.complaints.definitions import ESCALATED
from services.followup.definitions import Plan
from services.his_adapter.watches.definitions import SILENT
from services.notify.commands import RequestMessage
from services.notify.policies import POLICIES
from services.notify.texts import EVERY_MESSAGE
from shared.contracts.base import changed
from shared.contracts.complaints import CaseEscalated
from shared.contracts.his_watches import SourceFellSilent
from shared.contracts.notify import AttemptAssigned
from shared.definitions import Definitions
from shared.testing import envelope
from tests.world import World
from tests.world.test_world import discharged


def test_a_survey_gives_a_link_and_a_reminder_nothing() -> None:
    world = World()
    world.hl7(discharged("100"))
    world.until("2026-03-20T12:00")
    [plan] = world.definitions.current(Plan)
    for assigned, step in zip(world.events(AttemptAssigned), plan.steps, strict=True):
        has = {*(assigned.values or {}), *(["link"] if assigned.link else [])}
        assert has | {"hospital"} == step.message.gives.keys() | EVERY_MESSAGE.keys(), step.id


@pytest.mark.parametrize("event", [ESCALATED, changed(SILENT, staff=("lin",))])
def test_staff_are_given_what_the_event_says_of_itself(event: CaseEscalated | SourceFellSilent) -> None:
    [policy] = [policy for policy in POLICIES if isinstance(event, policy.types)]
    [message] = policy.react(envelope(event), Definitions())
    assert isinstance(message, RequestMessage)
    assert message.values == event.message_values
