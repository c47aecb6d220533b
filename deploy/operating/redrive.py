"""Send a dead letter again, in the way that fits the consumer that refused it.

Refused bytes are posted to the intake again; a command or an inbox record is written to its topic once more. An event
is not written again, since its topic belongs to a decider and has many consumers: if a policy refused it, the commands
of that policy are sent; if a read model did, the collection has to be rebuilt.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition

from deploy.operating.dlq import NoSuchLetter
from deploy.publishing.definition_store import published
from shared import mongo
from shared.bus.clients import producer, started
from shared.bus.topics import is_inbox, topic_name
from shared.bus.writing import Out, send_groups
from shared.clock import SharedClock
from shared.codec import Codec, Refusal
from shared.contracts.upcasters import UPCASTERS
from shared.deadletter import DeadLetter, DeadLetters, original_headers, original_of, redriven
from shared.envelope import Unreadable, parse
from shared.origin import without_origin
from shared.policy import CommandSender, Policy, PolicyPartition, Sent
from shared.projector.applying import TOO_LARGE
from shared.projector.generations import POSITIONS, pointer_id
from shared.refused_at import AtIntake
from shared.sealing import KeyRing
from shared.service import Service
from shared.settings import Settings

Send = Callable[[bytes], Awaitable[tuple[bool, str]]]


@dataclass(frozen=True, slots=True)
class Redrive:
    """Redrives dead letters of a system; `send` posts bytes to his_adapter and returns (accepted, detail)."""

    settings: Settings
    services: Iterable[Service]
    client: Any
    ring: KeyRing
    send: Send

    async def run(self, place: TopicPartition, letter: DeadLetter, repaired: bytes | None) -> tuple[bool, str]:
        """Send a letter again, with `repaired` instead of its original if given; return (accepted, detail).

        An accepted letter is marked redriven, in the dead letter topic at `place`. Raises `NoSuchLetter`.
        """
        async with started(producer(self.settings.kafka)) as writer:
            accepted, detail = await self._again(writer, letter, repaired)
            if accepted:
                now = SharedClock(self.settings.clock_file)()
                await send_groups(writer, place.topic, place.partition, [[redriven(letter, now)]])
            return accepted, detail if accepted else f"not redriven: {detail}"

    async def _again(self, writer: AIOKafkaProducer, letter: DeadLetter, repaired: bytes | None) -> tuple[bool, str]:
        owner = next((service for service in self.services if letter.reader in service.groups()), None)
        if owner and letter.reader == f"{owner.slug}.projector":  # the record itself is still on its topic
            return await self._rebuilt(owner, letter)
        value = repaired if repaired is not None else await original_of(letter, self.ring)
        if value is None:
            raise NoSuchLetter(f"the original of {letter.id} is gone with its key: give the bytes with --file")
        if isinstance(letter.refused_at, AtIntake) or (repaired is not None and passes_door(letter)):
            return await self.send(value)
        _require_event(value)
        policies = owner.policy_groups().get(letter.reader, ()) if owner else ()
        if owner and policies and not is_inbox(letter.topic):
            return await self._reacted(writer, owner, policies, letter, value)
        if owner and (policies or letter.reader.endswith(".decider")):
            [offset] = await send_groups(writer, letter.topic, letter.partition, [[meant_again(letter, value)]])
            return True, f"written to {letter.topic}-{letter.partition} at offset {offset}"
        return False, f"nobody here is {letter.reader}, who refused it: use the release that has this reader"

    async def _reacted(
        self,
        writer: AIOKafkaProducer,
        service: Service,
        policies: Sequence[Policy],
        letter: DeadLetter,
        value: bytes,
    ) -> tuple[bool, str]:
        """Send the commands of the policy that refused an event, or of all policies if the letter names none."""
        failed = [policy for policy in policies if letter.detail.endswith(f" in {policy.name}")]
        policies = failed if letter.reason == "policy-failed" and failed else policies
        codec, refusals = Codec(self.ring, UPCASTERS), _Refusals()
        snapshot = await published(self.settings.kafka, service.definitions_from)
        partitions = service.partition_counts(self.settings.kafka.partitions)
        sender = _MeantAgain(codec, writer, partitions, SharedClock(self.settings.clock_file))
        reacting = PolicyPartition(policies, sender, codec, lambda: snapshot, refusals, letter.reader)
        await reacting.work([_record(letter, value)])
        if refusals.details:
            return False, f"it was refused again: {'; '.join(refusals.details)}"
        return True, f"{letter.reader} read it again and sent {sender.sent} commands; the event stays where it is"

    async def _rebuilt(self, service: Service, letter: DeadLetter) -> tuple[bool, str]:
        """Return whether every collection that reads the letter's topic was rebuilt since; else how to rebuild them."""
        names = [p.collection for p in service.collections if letter.topic in p.topics and p.types is not None]
        where = f"{letter.topic}-{letter.partition} offset {letter.offset}"
        if not names:
            return False, f"it stays at {where}, where no read model could show it: {letter.detail}"
        positions = self.client[mongo.database_name(service.name)][POSITIONS]
        missing = [name for name in names if not await _was_built(positions, name, letter)]
        if not missing:
            return True, f"every collection that reads {letter.topic} was rebuilt since, so it is shown"
        commands = ", ".join(f"`careloop rebuild {service.name}.{name} --force`" for name in missing)
        return False, (
            f"a read model refused it ({letter.detail}) and the record stays at {where}. Once this release can show "
            f"it, have it shown by {commands}; then redrive the letter again, which marks it done"
        )


async def _was_built(positions: Any, collection: str, letter: DeadLetter) -> bool:
    """Return whether a rebuild of the collection has applied the letter's record.

    A rebuild stops at unreadable records but skips those that are too large, perhaps this one: then the answer is no.
    """
    pointer = await positions.find_one({"_id": pointer_id(collection)}) or {}
    partition = f"{letter.topic}-{letter.partition}"
    if letter.reason == TOO_LARGE.reason and partition in pointer.get("passed_by", ()):
        return False
    return bool(dict(pointer.get("built", ())).get(partition, 0) > letter.offset)


def passes_door(letter: DeadLetter) -> bool:
    """Return whether a message of a hospital was refused: repaired, it is sent through the door that it came in at."""
    stored = letter.topic == topic_name("his-adapter", "raw") and not letter.reader.endswith(".projector")
    return stored or isinstance(letter.refused_at, AtIntake)


def meant_again(letter: DeadLetter, value: bytes) -> Out:
    """Return the record without its origin, so that deciders do not skip it as a redelivery."""
    return Out(letter.key, without_origin(value), original_headers(letter))


class _MeantAgain(CommandSender):
    """Sends commands without origin, so that deciders do not skip them as redeliveries, and counts them."""

    sent = 0

    async def send(self, target: str, commands: Sequence[Sent]) -> None:
        """See `CommandSender`."""
        self.sent += len(commands)
        await super().send(target, [(command._replace(origin=None), headers) for command, headers in commands])


class _Refusals(DeadLetters):
    """Collects refusals instead of writing dead letters, since there is one already."""

    def __init__(self) -> None:
        self.details: list[str] = []

    async def keep(self, record: Any, refusal: Refusal, reader: str, whose: Collection[str] = ()) -> str:
        """See `DeadLetters`."""
        self.details.append(refusal.detail)
        return ""


def _record(letter: DeadLetter, value: bytes) -> Any:
    place = {"topic": letter.topic, "partition": letter.partition, "offset": letter.offset}
    return SimpleNamespace(**place, key=letter.key.encode(), value=value, headers=original_headers(letter))


def _require_event(value: bytes) -> None:
    """Check that the bytes are an envelope that consumers can parse. Raises `NoSuchLetter`."""
    try:
        parse(value)
    except Unreadable as error:
        raise NoSuchLetter(f"not redriven, it would be refused again: {error}") from error
