"""The world is believed only because it tells the stories that the running system tells."""

from dataclasses import replace

from services.contacts.registry.commands import MergePersons
from shared.contracts.bounds import MAX_TEXT_CHARACTERS
from shared.contracts.followup import EnrolledInPlan
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.contracts.person_facts import PatientDischarged
from tests.world import World
from tests.world.lives import RandomLife
from tests.world.promises import broken
from tests.world.story import story as world_story

DISCHARGE = "\r".join(
    [
        r"MSH|^~\&|HIS|CITY|CL|CITY|20260309093000||ADT^A03|{id}|P|2.5",
        "EVN|A03|20260309093000",
        "PID|1||{mrn}^^^CITY-HOSPITAL^MR||{name}||19560412|F|||建国路1号^^北京||{phone}~^NET^Internet^{mrn}@x.example||zh",
        "PV1|1|I|CARD^201^1||||D017^李^明|||CARD|||||||||V{mrn}",
    ]
)


def discharged(mrn: str, name: str = "王^秀英", phone: str = "13800138000", id: str = "") -> str:
    return DISCHARGE.format(mrn=mrn, name=name, phone=phone, id=id or f"C-{mrn}")


def test_a_discharge_is_followed_by_a_reminder_the_next_morning_and_a_survey_after_a_week() -> None:
    world = World()
    assert world.hl7(discharged("100")) == ["AA"]
    world.until("2026-03-20T12:00")
    assert [(mail.template, f"{mail.at:%m-%d %H:%M}") for mail in world.sent] == [
        ("medication-reminder", "03-10 09:00"),
        ("survey-invitation", "03-16 10:00"),
    ]
    assert world.letters == []


UNPLAYED = {
    "his-adapter.puller": "FHIR servers and tables are read over a network",
    "his-payments.bills": "payment platforms are read over a network",
    "his-requests.sender": "hospital systems are asked over a network",
    "his-payments.sender": "payment platforms are asked over a network",
}
"""Consumer groups of roles that a world leaves out, and why."""


def test_a_world_plays_the_roles_of_every_service_but_those_that_need_a_network() -> None:
    world = World(sealed=True)
    groups = {group for service in world.services for role in service.roles for group in role.reads}
    assert groups - {worker.name for worker in world.log.workers} == UNPLAYED.keys()


def test_the_same_seed_tells_the_same_story() -> None:
    def story(seed: int) -> list[str]:
        world = World(seed, faults=0.1)
        world.hl7(discharged("1"))
        world.hl7(discharged("2", phone="13900139000"))
        return [event.id for event in world.until("2026-03-20T12:00").history]

    assert story(5) == story(5)


def test_a_client_gets_its_outcome() -> None:
    world = World()
    merge = MergePersons(id="m", at=world.now, person_id="x", merged_id="y", reason="same", sealed_for="x")
    assert world.ask("contacts-registry", merge).slug == "person-unknown"


def test_faults_lose_nothing_and_double_nothing() -> None:
    crashes = 0
    for seed in range(30):
        world = World(seed, faults=0.2, transactions=bool(seed % 2))
        world.hl7(discharged("1"))
        world.until("2026-03-09T12:00")
        crashes += world.crashes
        ids = [envelope.id for envelope in world.history]
        assert len(ids) == len(set(ids)), seed
        assert len(world.events(EnrolledInPlan)) == 1, seed
        assert world.letters == [], seed
    assert crashes > 100


def test_what_is_remembered_of_commands_is_a_cache_and_no_promise() -> None:
    for seed in range(8):
        world = World(seed, faults=0.1, transactions=bool(seed % 2))
        for decider in world.deciders.values():
            decider.decider = replace(decider.decider, remembered=0)
        assert broken(RandomLife(world).live(15)) == []


def test_a_broken_promise_is_told_as_given_when_and_then_with_its_seed() -> None:
    world = World(7)
    world.hl7(discharged("1"))
    world.until("2026-03-09T12:00")
    lines = world_story(world, ["nobody_is_forgotten: task t waits"]).split("\n")
    first = [line.split()[0] for line in lines if line]
    assert list(dict.fromkeys(first)) == ["given", "when", "then", "BUT"]
    assert any(line.startswith("  given 03-09 09:00 MSH|") for line in lines)
    assert any(line.startswith("  when seed 7, ") for line in lines)
    assert any(" EnrolledInPlan " in line for line in lines)
    assert lines[-1] == "  BUT nobody_is_forgotten: task t waits"


def test_a_text_without_end_is_told_cut_and_kept_whole_and_the_next_patient_is_heard() -> None:
    world, text = World(), "长" * 300_000
    assert world.hl7(f"{discharged('1')}\rDG1|1||I10^{text}^I10") == ["AA"]
    assert world.hl7(discharged("2", phone="13900139000")) == ["AA"]
    world.rest()
    diagnoses = {
        event.person_id: [len(each.text) for each in event.diagnoses] for event in world.events(PatientDischarged)
    }
    assert diagnoses == {world.person("1"): [MAX_TEXT_CHARACTERS], world.person("2"): []}
    log = [record.envelope.data for records in world.log.records.values() for record in records]
    assert [text in each.text for each in log if isinstance(each, HospitalMessageReceived)] == [True, False]
    assert world.letters == []
