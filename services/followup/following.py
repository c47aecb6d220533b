"""Commands that change open tasks, in three steps: whose record it is, the command's own events, what follows. Pure."""

from typing import assert_never

from services.followup.commands import (
    ForgetPerson,
    HandOver,
    LearnHuman,
    StartPlans,
    StopPlans,
    TakeBack,
    TakeOver,
)
from services.followup.enrolling import Enrolling, enrol, start
from services.followup.merging import Handing, Taken, hand_over, learn, overhear, stopped, take_over
from services.followup.settling import Settled, settle
from services.followup.state import PersonPlans
from shared.contracts.contacts import Human
from shared.contracts.followup import EnrolmentBarred, HumanLearned, NoPlanMatched, PersonForgotten, Stop
from shared.definitions import Definitions

HumanEvent = Enrolling | EnrolmentBarred | NoPlanMatched | Taken | PersonForgotten
HumanCommand = StartPlans | StopPlans | LearnHuman | ForgetPerson | HandOver | TakeOver | TakeBack


def update_human(c: HumanCommand, person: PersonPlans) -> list[HumanLearned]:
    """Update the human of this record, as far as the command knows it."""
    match c:
        case LearnHuman():
            return list(learn(c, person))
        case StartPlans() | StopPlans() | TakeOver():
            return list(overhear(c.at, c.person_id, c.human, person))
        case HandOver() | TakeBack() if person.human is None:
            lead = c.to_person if isinstance(c, HandOver) and c.taken_from is None else c.person_id
            members = tuple(dict.fromkeys((lead, c.person_id)))
            human = Human(lead=lead, members=members, version=0)
            return [HumanLearned(at=c.at, person_id=c.person_id, human=human)]
        case HandOver() | TakeBack() | ForgetPerson():
            return []
        case _:
            assert_never(c)


def own_events(c: HumanCommand, person: PersonPlans, definitions: Definitions) -> list[HumanEvent]:
    """The events of the command itself."""
    match c:
        case StartPlans():
            return list(start(c, person, definitions))
        case StopPlans():
            about = c.about or c.person_id
            stop = Stop(about=about, reason=c.reason, before=c.at, order=c.order, visit_id=c.visit_id, spares=c.spares)
            return list(stopped(c.at, c.person_id, stop, person))
        case TakeOver():
            return list(take_over(c, person, definitions))
        case LearnHuman() if not person.dead:
            return [
                event for discharge in person.barred.values() for event in enrol(c.at, discharge, person, definitions)
            ]
        case ForgetPerson():
            return [] if person.forgotten else [PersonForgotten(at=c.at, person_id=c.person_id)]
        case LearnHuman() | HandOver() | TakeBack():
            return []
        case _:
            assert_never(c)


def hand_over_tasks(c: HumanCommand, person: PersonPlans) -> list[Handing]:
    """Hand over what belongs to another record."""
    return list(hand_over(c.at, c.person_id, person))


def reschedule(c: HumanCommand, person: PersonPlans, definitions: Definitions) -> list[Settled]:
    """Cancel, restore and schedule the tasks that belong here."""
    return list(settle(c.at, c.person_id, person, definitions))
