"""The world is believed only because it tells the stories that the running system tells."""

from services.contacts.commands import MergePersons
from shared.contracts.followup import EnrolledInPlan
from tests.world import World

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
