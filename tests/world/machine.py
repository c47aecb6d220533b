"""The world: its workers, its clock, and the order in which the workers run."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from deploy.catalogue import load_all
from deploy.publishing.definition_store import read_files
from deploy.settings import AllSettings
from services.contacts.person_360 import compose
from services.contacts.registry.matcher import learning
from shared.actor import system
from shared.bus.topics import topic_name
from shared.codec import Refusal
from shared.contracts.base import Command
from shared.definitions import Definition, Definitions
from shared.envelope import Envelope
from shared.outcomes import Outcome
from shared.policy import CommandSender, Policy
from shared.service import Service
from shared.settings import Keys, Settings
from tests.world.deciding import DeciderWorker
from tests.world.intake import Intake
from tests.world.log import Log, Place, Record
from tests.world.projecting import ProjectionWorker
from tests.world.reacting import PolicyWorker
from tests.world.sealed import EraserWorker, SealedLog, SealedRecord
from tests.world.sending import Mail, SenderWorker
from tests.world.timing import TimerWorker
from tests.world.worker import Worker

SHANGHAI = ZoneInfo("Asia/Shanghai")
DEMO = Path(__file__).parents[2] / "deploy/local/definitions"
STANDARD = {"causality", "command_outcomes", "dead_letters"}
PLACES = 2
MAX_STEPS = 200_000


def parsed_time(text: str | datetime) -> datetime:
    """A time from text; without a zone it is Shanghai time."""
    at = datetime.fromisoformat(text) if isinstance(text, str) else text
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


@cache
def demo_hospital() -> tuple[Definition, ...]:
    """The definitions that `careloop up` starts with."""
    return tuple(read_files([DEMO]))


@cache
def product() -> tuple[Settings, list[Service]]:
    """Settings and all services, built once for all worlds: they have no state that a world could change."""
    settings = AllSettings(keys=Keys(master="11" * 32, site="22" * 32))
    return settings, load_all(settings)


class World(Intake):
    """`faults` is how often a step is followed by a crash of some part, 0 to 1.

    In a `sealed` one records are bytes as on Kafka, and erasures are carried out (`sealed.py`).
    """

    def __init__(
        self,
        seed: int = 0,
        now: str = "2026-03-09T09:00",
        definitions: Sequence[Definition] = (),
        faults: float = 0.0,
        transactions: bool = True,
        sealed: bool = False,
    ) -> None:
        self.sealed = sealed
        self.seed, self.random, self.now = seed, Random(seed), parsed_time(now)
        self.faults, self.transactions = faults, transactions
        self.settings, self.services = product()
        self.site_key = self.settings.keys.site_key
        self.definitions = Definitions.of(*demo_hospital(), *definitions)
        self.outcomes: dict[str, Outcome] = {}
        self.diary: list[tuple[datetime, str]] = []
        self.history: list[Envelope[Any]] = []
        self.letters: list[tuple[str, str]] = []
        self.rejections: list[tuple[str, str, str]] = []
        self.sent: list[Mail] = []
        self.crashes = 0
        self._build()

    def _build(self) -> None:
        single = {
            topic.name
            for service in self.services
            for topic in service.topics(self.transactions)
            if topic.partitions == 1
        }
        self.log = SealedLog(PLACES, frozenset(single)) if self.sealed else Log(PLACES, frozenset(single))
        counts = {n: count for service in self.services for n, count in service.partition_counts(PLACES).items()}
        self.sender = CommandSender(None, None, counts, self.clock)  # type: ignore[arg-type]  # only makes envelopes
        self.deciders = {d.name: DeciderWorker(self, d) for service in self.services for d in service.deciders}
        self._policies = [policy for service in self.services for policy in self._reacting(service)]
        self._policies.append(PolicyWorker(self, "contacts.matcher", (learning(self.site_key, self.definitions),)))
        self.models = {
            f"{service.name}.{p.collection}": ProjectionWorker(self, service.name, p)
            for service in self.services
            for p in service.collections
            if p.collection not in STANDARD
        }
        self._timers = [
            TimerWorker(
                self,
                f"{service.slug}.processor",
                list(service.timers),
                self.sender,
            )
            for service in self.services
            if service.timers
        ]
        self.mailer = SenderWorker(self)
        if isinstance(self.log, SealedLog):
            self.eraser = EraserWorker(self, self.log)

    def _reacting(self, service: Service) -> list[PolicyWorker]:
        groups: dict[str, list[Policy]] = {}
        for policy in service.policies:
            name = ".".join(filter(None, (service.slug, "policies", policy.own_group)))
            groups.setdefault(name, []).append(policy)
        return [PolicyWorker(self, name, tuple(policies)) for name, policies in groups.items()]

    # -- what moves -------------------------------------------------------------------------------------------
    def clock(self) -> datetime:
        """The current time of the world."""
        return self.now

    def publish(self, place: Place, events: list[Envelope[Any]]) -> None:
        """Append the events of a decider to its topic."""
        self.log.append(place, events, self.now)
        self.history += events

    def refuse(self, record: Record, refusal: Refusal, reader: str) -> None:
        """Record a dead letter for a record that cannot be used."""
        self.letters.append((reader, refusal.detail))
        if isinstance(record, SealedRecord):
            self.keep_letter(record.value, refusal, reader, (), record)

    def keep_letter(
        self, raw: bytes, refusal: Refusal, reader: str, whose: Sequence[str], of: Record | None = None
    ) -> None:
        """Append a dead letter to its topic, in a sealed world."""
        if isinstance(self.log, SealedLog):
            place, offset = (of.place, of.offset) if of else (Place("door", 0), len(self.letters))
            self.log.keep(place, offset, raw, refusal, reader, whose, self.now)

    def turn(self) -> bool:
        """Run one step of a random worker that has work. Returns False if the world is at rest."""
        awake = self.log.awake
        while awake:
            at = int(self.random.random() * len(awake))
            worker = awake[at]
            stepped = worker.step(self.random)
            if not worker.waiting:
                awake[at] = awake[-1]
                awake.pop()
            if stepped:
                self._fail(worker)
                return True
        return self._send_late()

    def _send_late(self) -> bool:
        late = [policies for policies in self._policies if policies.late]
        for policies in late:
            policies.send_late()
        return bool(late)

    def _fail(self, worker: Worker) -> None:
        """Crash a worker at the rate `faults`: in half of the cases the one that is in the middle of a batch."""
        if not self.faults:
            return
        if self.random.random() < self.faults:
            self.crashes += 1
            (worker if self.random.random() < 0.5 else self.random.choice(self.log.workers)).crash()
        if self.random.random() < self.faults:
            self.random.choice(list(self.deciders.values())).checkpoint()
        if self.random.random() < self.faults / 4:
            self._send_late()

    def run_steps(self, steps: int) -> None:
        """Run at most `steps` steps, so that the next input arrives before the world is at rest."""
        for _ in range(steps):
            if not self.turn():
                return

    def rest(self) -> "World":
        """Run steps until no worker has work."""
        for _ in range(MAX_STEPS):
            if not self.turn():
                return self
        raise AssertionError(f"no rest after {MAX_STEPS} steps: {self.log.awake}")

    def until(self, when: str | datetime) -> "World":
        """Let time pass: whenever a timer is due it fires, and the world comes to rest."""
        end = parsed_time(when)
        self.rest()
        while (due := min((at for timers in self._timers for at in timers.due()), default=None)) and due <= end:
            self.now = max(self.now, due.astimezone(SHANGHAI))
            for timers in self._timers:
                timers.tick()
            self.rest()
        self.now = max(self.now, end)
        return self

    def tidied(self) -> "World":
        """Let the eraser tidy up, then come to rest."""
        self.eraser.tidy()
        return self.rest()

    # -- what is asked ----------------------------------------------------------------------------------------
    def send(self, decider: str, command: Command) -> None:
        """Append a client's command to its topic."""
        topic = topic_name(decider, "commands")
        envelope = self.sender.envelope(decider, command, actor=system("test"))
        self.log.append(self.log.place_of(topic, command.key), [envelope], self.now)

    def ask(self, decider: str, command: Command) -> Outcome:
        """Send a client's command, come to rest, and return its outcome."""
        self.send(decider, command)
        self.rest()
        return self.outcomes[command.id]

    # -- what is seen -----------------------------------------------------------------------------------------
    def state(self, decider: str, key: str) -> Any:
        """The state of an aggregate."""
        return self.deciders[decider].state(key)

    def events(self, *types: type[Any]) -> list[Any]:
        """The events of some types, in the order in which they were published."""
        return [envelope.data for envelope in self.history if isinstance(envelope.data, types)]

    @property
    def registry(self) -> Any:
        """The state of the registry."""
        return self.state("contacts-registry", "registry")

    def documents(self, model: str) -> dict[str, Any]:
        """A read model, named `service.collection`."""
        return self.models[model].documents

    def view(self, person_id: str) -> dict[str, Any]:
        """The 360 of the human behind a record, as the API composes it, without its timeline."""
        cluster = self.documents("contacts.clusters").get(person_id, {"cluster": [person_id]})["cluster"]
        people = self.documents("contacts.person_360")
        return compose(person_id, cluster, [people[id] for id in cluster if id in people], [])
