"""Given the times of a ticket, when it is read, then how long somebody waited."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.his_adapter.facts.domain import DECIDER
from services.his_adapter.facts.policies import reporting
from services.his_adapter.facts.state import Patient
from services.his_adapter.formats import meaning
from services.his_adapter.formats.queues.ticket import STAGES, Ticket
from shared.contracts.facts import Waiting
from shared.contracts.his_adapter import HospitalMessageReceived, WaitingTimeObserved
from shared.definitions import Definitions
from tests.his_adapter.test_translate import KEY, SITE, message
from tests.his_adapter.test_translate import facts as of_hl7

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)


def ticket(number: str = "A017", **minutes: int) -> Ticket:
    times: Any = {name: NINE + timedelta(minutes=after) for name, after in minutes.items()}
    return Ticket(queue="q3", ticket=number, number="100234", department="0301", times=times)


def observed(queue_ticket: Ticket, at: int = 0) -> list[Any]:
    return list(
        meaning.facts(
            KEY,
            SITE,
            HospitalMessageReceived(
                at=NINE + timedelta(hours=at),
                message_id=f"{queue_ticket.ticket}{at}",
                sender="screens",
                site="default",
                format="queue",
                message_type="queue",
                control_id="c",
                body_hash="",
                text=queue_ticket.model_dump_json(),
            ),
        )
    )


@pytest.mark.parametrize(
    ("minutes", "waits"),
    [
        ({"arrived": 0, "registered": 6}, {"registration": 360}),
        ({"registered": 0, "called": 10, "seen": 12}, {"consultation": 600}),
        ({"registered": 0, "seen": 12}, {"consultation": 720}),
        ({"seen": 0, "billed": 3, "paid": 8}, {"cashier": 300}),
        ({"seen": 0, "paid": 8}, {"cashier": 480}),
        ({"paid": 0, "dispensed": 5}, {"pharmacy": 300}),
        ({"ordered": 0, "examined": 90}, {"examination": 5400}),
        ({"registered": 0}, {}),
    ],
)
def test_each_stage_that_is_over_is_a_waiting_time(minutes: dict[str, int], waits: dict[str, int]) -> None:
    waits_observed = observed(ticket(**minutes))
    assert {fact.stage: fact.seconds for fact in waits_observed} == waits
    assert {fact.department for fact in waits_observed} <= {"CARD"}


def test_every_stage_of_the_contract_has_its_times() -> None:
    assert set(Waiting.model_json_schema()["properties"]["stage"]["enum"]) == STAGES.keys()


def test_the_patient_is_the_one_hl7_knows_by_that_number() -> None:
    [fact] = observed(ticket(arrived=0, registered=1))
    assert fact.patient_key in {identifier.key for identifier in of_hl7(message())[0].patient.identifiers}


def test_a_ticket_told_again_adds_what_is_new() -> None:
    state, published = Patient(), []
    for at, queue_ticket in enumerate([ticket(arrived=0, registered=5), ticket(arrived=0, registered=5, called=20)]):
        for fact in observed(queue_ticket, at):
            decided: Any = DECIDER.decide(reporting(fact, f"{at}"), state, Definitions())
            for event in decided:
                state = DECIDER.evolve(state, event)
                published += [event.stage] if isinstance(event, WaitingTimeObserved) else []
    assert published == ["registration", "consultation"]


@pytest.mark.parametrize("minutes", [{"arrived": 5, "registered": 0}, {"arrived": 0, "registered": 1500}])
def test_times_that_cannot_be_are_refused_by_name(minutes: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match=r"times\.registered"):
        ticket(**minutes)
