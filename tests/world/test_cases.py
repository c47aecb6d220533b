"""Other people's trouble, played through the whole product: the right outcome of each case in `cases/`."""

from services.followup.commands import AnswerSurvey
from shared.contracts.complaints import CaseOpened
from shared.contracts.followup import EnrolledInPlan, SurveyInvited, TaskCancelled
from shared.contracts.notify import MessageRequested, MessageSuppressed
from tests.world import World
from tests.world.cases import admission, play
from tests.world.test_world import discharged


def mails(world: World) -> list[str]:
    return [f"{mail.at:%m-%d %H:%M} {mail.to}" for mail in world.sent]


def reasons(world: World) -> set[str]:
    return {event.reason for event in world.events(MessageSuppressed)}


def test_a_wrong_merge_with_somebody_dead_is_undone_whole() -> None:
    assert mails(play("I18")) == ["03-10 09:00 live@x.example", "03-16 10:00 live@x.example"]


def test_a_death_that_was_a_mistake_is_taken_back() -> None:
    for case in ("I19", "F09"):
        world = play(case)
        assert mails(world) == ["03-10 09:00 w@x.example", "03-16 10:00 w@x.example"], case
        assert world.events(EnrolledInPlan)


def test_a_death_under_the_retired_number_stops_every_message() -> None:
    assert mails(play("I20")) == []


def test_a_readmission_under_either_number_stops_the_reminders() -> None:
    assert mails(play("I21")) == []


def test_the_360_shows_the_consents_that_notify_obeys() -> None:
    world = play("I23")
    for number in ("A", "B"):
        person = world.person(number)
        assert world.view(person)["consents"] == {"survey": False}
        assert world.state("notify", person).consent_for("survey") is False


def test_an_old_stay_that_is_corrected_is_no_readmission() -> None:
    world = play("U02")
    assert mails(world) == ["03-10 09:00 w@x.example", "03-16 10:00 w@x.example"]
    assert {event.reason for event in world.events(TaskCancelled)} == {"readmitted"}, "what followed the old stay"


def test_an_address_that_the_hospital_deleted_gets_no_mail() -> None:
    world = play("N01")
    assert (mails(world), reasons(world)) == ([], {"no-address"})


def test_what_is_new_goes_to_the_lead_of_the_human() -> None:
    """Plans, messages and the case of a bad answer, after a discharge under the record that does not lead."""
    world = World()
    for number in ("A", "B"):
        world.hl7(admission(f"in-{number}", number, "王^秀英", "19560412", event="A31"))
        world.rest()
    lead, other = world.person("A"), world.person("B")
    world.merge(lead, other)
    world.rest()
    world.hl7(discharged("B"))
    world.until("2026-03-17T12:00")
    [invited] = world.events(SurveyInvited)
    answer = AnswerSurvey(id="a", at=world.now, person_id=invited.person_id, task_id=invited.task_id, score=1)
    assert world.ask("followup", answer).status == "accepted"
    assert {plan.person_id for plan in world.events(EnrolledInPlan)} == {lead}
    assert [message.person_id for message in world.events(MessageRequested)][:2] == [lead, lead]
    assert [case.person_id for case in world.events(CaseOpened)] == [lead]
