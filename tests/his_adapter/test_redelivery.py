"""A policy's batch that is read again: six hundred charges of one inpatient, told once."""

from datetime import UTC, datetime
from typing import Any

from services.his_adapter.facts.domain import DECIDER
from services.his_adapter.facts.policies import translate_messages
from shared.contracts import his_adapter as his
from shared.decider.partition import Partition
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import RecordPlace, reactions
from tests.his_adapter.test_translate import KEY, message
from tests.support.hl7 import segment

NOW = datetime(2026, 3, 9, tzinfo=UTC)
RAW = "careloop.his-adapter.raw.v1"
COUNT = 600


def received(number: int) -> Envelope[Any]:
    """Message `number`, which posts a charge; each is one minute after the last."""
    at = f"20260309{8 + number // 60:02d}{number % 60:02d}00"
    charge = segment("FT1", {2: f"T{number}", 4: at, 6: "CG", 7: "CT", 10: "1", 11: f"{number}&CNY"})
    event = his.HospitalMessageReceived(
        at=NOW,
        message_id=f"m{number}",
        sender="HIS|CITY",
        site="default",
        message_type="DFT^P03",
        control_id=f"C{number}",
        body_hash="x",
        text="\r".join([message("DFT^P03", EVN=f"EVN|P03|{at}", DG1=""), charge]),
    )
    return Envelope(event, event.message_id, "/careloop/his-adapter", NOW, NOW, event.message_id, event.message_id)


def batch() -> list[Envelope[Any]]:
    policies = (translate_messages(KEY),)
    all_reactions = [reactions(policies, received(n), RecordPlace(RAW, 0, n), Definitions(), NOW) for n in range(COUNT)]
    return [command for each in all_reactions for reaction in each for command in reaction.commands]


def test_six_hundred_charges_of_an_inpatient_read_again_are_told_once() -> None:
    memory, sent = Partition(DECIDER, "his-adapter-0"), batch()
    events = [
        event
        for offset, command in enumerate([*sent, *sent])
        for event in memory.handle(command, offset, Definitions(), NOW).events
    ]
    charges = [event.data.charge_id for event in events if isinstance(event.data, his.ChargePosted)]
    assert len(charges) == len(set(charges)) == COUNT
    assert len({event.id for event in events}) == len(events)
