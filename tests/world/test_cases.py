"""Other people's trouble, played through the whole product: the right outcome of each case in `cases/`."""

from shared.contracts.followup import EnrolledInPlan, TaskCancelled
from shared.contracts.notify import MessageSuppressed
from tests.world import World
from tests.world.cases import play


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
        assert world.state("notify", person).word("survey") is False


def test_an_old_stay_that_is_corrected_is_no_readmission() -> None:
    world = play("U02")
    assert mails(world) == ["03-10 09:00 w@x.example", "03-16 10:00 w@x.example"]
    assert {event.reason for event in world.events(TaskCancelled)} == {"readmitted"}, "what followed the old stay"


def test_an_address_that_the_hospital_deleted_gets_no_mail() -> None:
    world = play("N01")
    assert (mails(world), reasons(world)) == ([], {"no-address"})
