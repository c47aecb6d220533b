"""What must be true of any world at rest. Each promise yields a sentence for each violation."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from shared import mongo
from shared.contracts.notify import AttemptStarted
from shared.projector.folding import by_document, fold
from shared.projector.limit import GROWTH
from tests.world.humans import every_record_stands_as_its_human
from tests.world.projecting import item_of

if TYPE_CHECKING:
    from tests.world.machine import World


def nothing_is_doubled(world: "World") -> Iterator[str]:
    """No event occurs twice on its topic."""
    for id, count in Counter(envelope.id for envelope in world.history).items():
        if count > 1:
            yield f"event {id} stands on its topic {count} times"


def no_sequence_has_a_gap(world: "World") -> Iterator[str]:
    """The events of one aggregate are numbered from 1."""
    last: dict[tuple[str, str], int] = {}
    for envelope in world.history:
        line = (envelope.source, envelope.key)
        if envelope.sequence != last.get(line, 0) + 1:
            yield f"{line} goes from {last.get(line, 0)} to {envelope.sequence}"
        last[line] = envelope.sequence


def nothing_is_refused_by_a_rule(world: "World") -> Iterator[str]:
    """No input becomes a dead letter."""
    yield from (f"{where}: {why}" for where, why in world.letters)


def no_attempt_goes_out_twice(world: "World") -> Iterator[str]:
    """No attempt is sent more than once."""
    started = len(world.events(AttemptStarted))
    if len(world.sent) > started:
        yield f"{len(world.sent)} mails of {started} attempts"
    for id, count in Counter(mail.message_id for mail in world.sent).items():
        if count > 1:
            yield f"message {id} went out {count} times"


def nobody_is_forgotten(world: "World") -> Iterator[str]:
    """No task or message that is due still waits."""
    for id, task in world.documents("followup.tasks").items():
        if task["status"] == "waiting" and task["due"] <= world.now:
            yield f"task {id} was due {task['due']} and waits"
    for id, message in world.documents("notify.messages").items():
        if message["status"] in ("requested", "claimed", "sending", "deferred", "retrying"):
            yield f"message {id} is {message['status']} for ever"


def read_models_are_folds_of_the_log(world: "World") -> Iterator[str]:
    """Each read model equals the fold of its log, whatever crashed and in whatever order topics were read."""
    for name, model in world.models.items():
        expected: dict[str, Any] = {}
        for topic in model.reads:
            items = [item_of(record) for record in world.log.every(topic)]
            expected |= fold(model.projection, by_document(model.projection, items), expected)
        expected = {id: document for id, document in expected.items() if document is not None}
        for id in sorted(expected.keys() | model.documents.keys()):
            if expected.get(id) != model.documents.get(id):
                yield f"{name}/{id} is {model.documents.get(id)}, its log says {expected.get(id)}"


def no_document_outgrows_what_is_told(world: "World") -> Iterator[str]:
    """No event adds more bytes to a document than the estimate assumes by which the projector keeps under its limit."""
    for name, model in world.models.items():
        documents: dict[str, Any] = {}
        for item in (item_of(record) for topic in model.reads for record in world.log.every(topic)):
            for id, document in fold(model.projection, by_document(model.projection, [item]), documents).items():
                before, after = (mongo.size(each) if each else 0 for each in (documents.get(id), document))
                documents[id] = document
                if after - before > GROWTH * item.size / 4:
                    yield f"{name}/{id} grows from {before} to {after} bytes by {item.raw['type']}: {item.size} bytes"


def a_recovered_decider_knows_what_the_running_one_knows(world: "World") -> Iterator[str]:
    """State recovered after a crash equals the state before it."""
    for decider in world.deciders.values():
        before = decider.states()
        decider.crash()
        after = decider.states()
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                yield f"{decider.name} {key}: {before.get(key)} became {after.get(key)}"


PROMISES: tuple[Callable[["World"], Iterator[str]], ...] = (
    nothing_is_doubled,
    no_sequence_has_a_gap,
    nothing_is_refused_by_a_rule,
    no_attempt_goes_out_twice,
    nobody_is_forgotten,
    read_models_are_folds_of_the_log,
    no_document_outgrows_what_is_told,
    a_recovered_decider_knows_what_the_running_one_knows,
    every_record_stands_as_its_human,
)


def broken(world: "World") -> list[str]:
    """The sentences of all broken promises."""
    return [f"{promise.__name__}: {sentence}" for promise in PROMISES for sentence in promise(world)]
