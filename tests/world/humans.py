"""Computes what must hold for each human at rest, by brute force, from the order of the registry's decisions.

Everything here is written from the promise and not from the services: sets and loops over the whole history.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from services.followup.definitions import Plan
from services.followup.enrolling import due_at
from shared.contracts import person_facts as facts
from shared.contracts.contacts import PersonsMerged, PersonsUnmerged
from shared.contracts.contacts_standing import ConsentNoted, DeathNoted

if TYPE_CHECKING:
    from tests.world.machine import World

Group = frozenset[str]


@dataclass
class HumanHistory:
    """The history of the registry: the clusters after each of its decisions, and all deaths and consents, in order."""

    groups: list[dict[str, Group]] = field(default_factory=lambda: [{}])
    deaths: dict[str, bool] = field(default_factory=dict)
    words: list[tuple[int, str, str, bool]] = field(default_factory=list)

    @classmethod
    def of(cls, world: "World") -> "HumanHistory":
        """Collect the history from the events of a world."""
        humans = cls()
        for event in world.events(PersonsMerged, PersonsUnmerged, DeathNoted, ConsentNoted):
            match event:
                case PersonsMerged():
                    humans.regroup([event.cluster])
                case PersonsUnmerged():
                    humans.regroup(event.clusters)
                case DeathNoted():
                    humans.deaths[event.person_id] = event.dead
                case ConsentNoted():
                    at = len(humans.groups) - 1
                    humans.words.append((at, event.person_id, event.purpose, event.granted))
        return humans

    def regroup(self, clusters: Any) -> None:
        """Add a decision: each cluster is one human from now on."""
        now = dict(self.groups[-1])
        for cluster in clusters:
            now |= dict.fromkeys(cluster, frozenset(cluster))
        self.groups.append(now)

    def group(self, record: str, at: int = -1) -> Group:
        """All records of the human behind `record` after decision number `at`, by default the last."""
        return self.groups[at].get(record, frozenset([record]))

    def dead(self, record: str) -> bool:
        """Whether the human is dead: a death reported under any of their records counts."""
        return any(self.deaths.get(member, False) for member in self.group(record))

    def consent_for(self, record: str, purpose: str) -> bool | None:
        """The effective consent; None if there is no report.

        A refusal under any record counts, unless another record consented later and both records have belonged to one
        human ever since.
        """
        latest: dict[str, tuple[int, bool]] = {}
        for index, (_, member, about, granted) in enumerate(self.words):
            if about == purpose and member in self.group(record):
                latest[member] = (index, granted)
        refused = [
            member
            for member, (index, granted) in latest.items()
            if not granted and not any(self._lifts(later, member, purpose) for later in self.words[index + 1 :])
        ]
        return None if not latest else not refused

    def _lifts(self, later: tuple[int, str, str, bool], member: str, purpose: str) -> bool:
        at, other, about, granted = later
        together = all(other in self.group(member, when) for when in range(at, len(self.groups)))
        return granted and about == purpose and together


@dataclass(frozen=True)
class ExpectedStep:
    """A plan step that must be sent, and the record whose discharge it follows."""

    about: str
    step: str
    due: datetime


def steps(world: "World", humans: HumanHistory, group: Group) -> Counter[tuple[str, datetime]]:
    """The steps that must still be sent to a human: those of each discharge that no later event ended."""
    if any(humans.deaths.get(member, False) for member in group):
        return Counter()
    ordered = [
        (envelope.sequence, envelope.data)
        for envelope in world.history
        if isinstance(envelope.data, facts.PersonFact) and envelope.data.person_id in group
    ]
    plan = next(plan for plan in world.definitions.current(Plan) if plan.id == "cardiology-discharge")
    coming = [
        ExpectedStep(fact.person_id, step.id, due_at(fact.at, step, plan.zone))
        for order, fact in ordered
        if isinstance(fact, facts.PatientDischarged)
        and not any(_ends(order, fact, *other, ordered) for other in ordered)
        for step in plan.steps
    ]
    kept: list[ExpectedStep] = []
    for step in sorted(coming, key=lambda each: (str(each.due), each.about)):
        if not any(_twice(step, other) for other in kept):
            kept.append(step)
    return Counter((step.step, step.due) for step in kept)


def _ends(
    order: int, discharge: facts.PatientDischarged, later: int, fact: Any, ordered: list[tuple[int, Any]]
) -> bool:
    if isinstance(fact, facts.VisitCancelled):
        return fact.undoes != "transfer" and fact.visit == discharge.visit and later > order
    if isinstance(fact, facts.PatientAdmitted) and not any(_cancels(later, fact, *other) for other in ordered):
        own = fact.visit.visit_id == discharge.visit.visit_id
        return fact.at > discharge.at or (fact.at == discharge.at and not own)
    return False


def _cancels(order: int, admission: facts.PatientAdmitted, later: int, fact: Any) -> bool:
    never_was = isinstance(fact, facts.VisitCancelled) and fact.undoes in ("admission", "registration")
    return never_was and fact.visit.visit_id == admission.visit.visit_id and later > order


def _twice(step: ExpectedStep, other: ExpectedStep) -> bool:
    near = abs(step.due - other.due) <= timedelta(hours=24)
    return step.step == other.step and step.about != other.about and near


def every_record_stands_as_its_human(world: "World") -> Iterator[str]:
    """Check for every record that deaths, consents and addresses of 360 and notify follow from the history."""
    humans = HumanHistory.of(world)
    for record in world.documents("contacts.person_360"):
        yield from _standing(world, humans, record)


def what_is_to_come_is_the_humans(world: "World") -> Iterator[str]:
    """Check that the waiting tasks follow from the registry's history. Only valid while no task was due."""
    humans = HumanHistory.of(world)
    for group in {humans.group(record) for record in world.documents("contacts.person_360")}:
        expected, coming = steps(world, humans, group), Counter[tuple[str, datetime]]()
        for record in group:
            tasks = world.state("followup", record).tasks.values()
            coming += Counter((task.step, task.due) for task in tasks if task.status == "waiting")
        if coming != expected:
            yield f"to come for {sorted(group)} is {coming}, should be {expected}"


def _standing(world: "World", humans: HumanHistory, record: str) -> Iterator[str]:
    recipient, view = world.state("notify", record), world.view(record)
    if set(view["cluster"]) != humans.group(record):
        yield f"the 360 of {record} shows {view['cluster']}, the registry {sorted(humans.group(record))}"
    if {recipient.dead, view["dead"]} != {humans.dead(record)}:
        yield f"{record} dead: notify {recipient.dead}, 360 {view['dead']}, should be {humans.dead(record)}"
    for purpose in ("care", "survey", "marketing"):
        expected = humans.consent_for(record, purpose)
        if {recipient.consent_for(purpose), view["consents"].get(purpose)} != {expected}:
            shown = f"notify {recipient.consent_for(purpose)}, 360 {view['consents'].get(purpose)}"
            yield f"{record} {purpose}: {shown}, should be {expected}"
    reached = {world.state("notify", member).email for member in humans.group(record)} - {None}
    if (recipient.best.email is None) != (not reached) or (recipient.best.email or "") not in {*reached, ""}:
        yield f"{record} is reached at {recipient.best.email}, known are {reached}"
