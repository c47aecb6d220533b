"""Runs policies in a world: react, produce, then commit. A crash before the commit delivers the batch again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shared.bus.topics import topic_name
from shared.envelope import Envelope
from shared.policy import Policy, reactions
from shared.policy import RecordPlace as PolicyPlace
from tests.world.log import Place, Record
from tests.world.worker import Steps, Worker

if TYPE_CHECKING:
    from tests.world.machine import World

Sent = tuple[Place, Envelope[Any]]


class PolicyWorker(Worker):
    """Runs the policies of one consumer group. `late`: commands that a worker sends after it has lost its partition."""

    def __init__(self, world: "World", name: str, policies: tuple[Policy, ...]) -> None:
        reads: dict[str, tuple[type[Any], ...]] = {}
        for policy in policies:
            for topic in policy.topics:
                reads[topic] = (*reads.get(topic, ()), *policy.types)
        super().__init__(world, name, reads)
        self._policies = policies
        self._read: list[Record] = []
        self.late: list[Sent] = []

    def work(self, place: Place, batch: list[Record]) -> Steps:
        """Run every policy that reads the topic over the batch, in order."""
        self._read = batch
        for policy in self._policies:
            if sent := [each for record in batch for each in self._commands([policy], record)]:
                self._send(sent)
                yield
        self.commit(batch)

    def crash(self) -> None:
        """Lose the batch, which is read again; in half of the cases a worker that lost its partition sends it later."""
        if self._under_way is not None and self.world.random.random() < 0.5:
            self.late += [sent for record in self._read for sent in self._commands(self._policies, record)]
        super().crash()

    def send_late(self) -> None:
        """Send the commands of the worker that lost its partition."""
        late, self.late = self.late, []
        self._send(late)

    def _send(self, sent: list[Sent]) -> None:
        for place, envelope in sent:
            self.world.log.append(place, [envelope], self.world.now)

    def _commands(self, policies: Sequence[Policy], record: Record) -> list[Sent]:
        place = PolicyPlace(*record.place, record.offset)
        sent = []
        for reaction in reactions(policies, record.envelope, place, self.world.definitions, self.world.now):
            if reaction.refusal:
                self.world.refuse(record, reaction.refusal, self.name)
            topic = topic_name(reaction.target, "commands")
            sent += [(self.world.log.place_of(topic, envelope.key), envelope) for envelope in reaction.commands]
        return sent
