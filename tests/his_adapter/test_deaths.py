"""Given what a hospital says of a death, when it says otherwise, then whose word counts."""

from typing import Any

import pytest

from services.his_adapter.facts.domain import DECIDER
from services.his_adapter.facts.policies import reporting
from services.his_adapter.facts.state import Patient
from services.his_adapter.formats import meaning
from shared.contracts import his_adapter as his
from shared.definitions import Definitions
from tests.his_adapter.test_translate import facts, message
from tests.support.fhir import KEY, SITE, encounter, patient, received

DEATHS = his.PatientDied | his.DeathTakenBack
PID = "PID|1||100234^^^CITY^MR||王^秀英||19560412|F"


def published(*messages: list[his.PatientFact]) -> list[str]:
    """The types of the death events published after messages with these facts."""
    state, deaths = Patient(), list[str]()
    for number, of_one in enumerate(messages):
        for at, fact in enumerate(of_one):
            events: Any = DECIDER.decide(reporting(fact, f"{number}/{at}"), state, Definitions())
            for event in events:
                state = DECIDER.evolve(state, event)
                deaths += [type(event).__name__] if isinstance(event, DEATHS) else []
    return deaths


def adt(kind: str, hour: int, disposition: str = "", visit: str = "V001", dead: str = "") -> list[his.PatientFact]:
    """HL7 v2 of an hour of the day."""
    stamp = f"20260309{hour:02}0000"
    lines = {
        "MSH": f"MSH|^~\\&|HIS|CITY|CL|CITY|{stamp}||ADT^{kind}|C{hour}|P|2.5",
        "EVN": f"EVN|{kind}|{stamp}",
        "PID": f"{PID}{'|' * 22}{dead}",
        "PV1": f"PV1|1|I|0301{'|' * 16}{visit}{'|' * 17}{disposition}",
    }
    return facts(message(f"ADT^{kind}", **lines, DG1="")) or []


def fhir(resource: dict[str, Any], hour: int) -> list[his.PatientFact]:
    """FHIR, written at an hour of the day."""
    resource = {**resource, "meta": {"lastUpdated": f"2026-03-09T{hour:02}:00:00+08:00"}}
    return list(meaning.facts(KEY, SITE, received(resource, message_id=f"m{hour}")))


def left(disposition: str, status: str = "finished") -> dict[str, Any]:
    """An encounter with this discharge disposition."""
    return encounter(status, hospitalization={"dischargeDisposition": {"coding": [{"code": disposition}]}})


BACK = ["PatientDied", "DeathTakenBack"]


@pytest.mark.parametrize(
    ("messages", "outcome"),
    [
        ([adt("A03", 9, "20"), adt("A03", 10, "01")], BACK),
        ([adt("A03", 9, "20"), adt("A13", 10)], BACK),
        ([adt("A03", 9, "20"), adt("A13", 10), adt("A03", 11, "20")], [*BACK, "PatientDied"]),
        ([adt("A03", 9, "20"), adt("A03", 10, "20")], ["PatientDied"]),
        ([adt("A03", 9, "20"), adt("A03", 10, "01", visit="V002")], ["PatientDied"]),
        ([adt("A03", 9, "20"), adt("A13", 10, dead="Y")], [*BACK, "PatientDied"]),
        ([adt("A08", 8, dead="Y"), adt("A03", 9, "20"), adt("A13", 10)], ["PatientDied"]),
        ([adt("A08", 8, dead="Y"), adt("A03", 9, "01")], ["PatientDied"]),
        ([adt("A03", 9, "20"), adt("A08", 10, dead="Y"), adt("A13", 11)], ["PatientDied", "PatientDied"]),
        ([adt("A03", 9, "20"), adt("A08", 10, dead="N")], BACK),
        ([fhir(left("exp"), 9), fhir(left("home"), 10)], BACK),
        ([fhir(left("exp"), 9), fhir(encounter("in-progress"), 10)], BACK),
        ([fhir(left("exp"), 9), fhir(left("exp", "entered-in-error"), 10)], BACK),
        ([fhir(left("home"), 10), fhir(left("exp"), 9)], []),
        ([adt("A13", 10), adt("A03", 9, "20")], []),
        ([fhir(patient(deceasedBoolean=True), 8), fhir(left("exp"), 9), fhir(left("home"), 10)], ["PatientDied"]),
        ([fhir(patient(deceasedBoolean=True), 8), fhir(patient(), 9)], ["PatientDied"]),
    ],
)
def test_a_death_that_the_end_of_a_stay_told_is_taken_back_with_it_and_no_other(
    messages: list[list[his.PatientFact]], outcome: list[str]
) -> None:
    assert published(*messages) == outcome
