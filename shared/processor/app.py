"""The Faust app of one service with one agent, which consumes events and ticks of the same partition."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

import faust
import orjson
from faust.types import TP
from mode import CrashingSupervisor

from shared.actor import system
from shared.bus.clients import connection
from shared.bus.group import Last
from shared.bus.topics import topic_name
from shared.codec import Encoded, Refusal
from shared.contracts.base import model_of
from shared.contracts.timers import FireTimer, TimerCancelled, TimerSet
from shared.envelope import header
from shared.host.deps import Deps
from shared.ids import derive
from shared.processor.timers import Row, Timers
from shared.pulse import Pulse
from shared.settings_kafka import Kafka
from shared.telemetry import edge_span


def credentials(kafka: Kafka) -> faust.SASLCredentials | faust.SSLCredentials | None:
    """The credentials of Faust's connections to the broker. Raises `UnusableTls`.

    The URL stays `kafka://`: the credentials determine whether it is a password alone (SASL_PLAINTEXT), TLS or both.
    """
    options = connection(kafka)
    if kafka.sasl:
        return faust.SASLCredentials(
            username=options["sasl_plain_username"],
            password=options["sasl_plain_password"],
            mechanism=options["sasl_mechanism"],
            ssl_context=options["ssl_context"],
        )
    return faust.SSLCredentials(options["ssl_context"]) if kafka.tls else None


def build(deps: Deps, folder: str) -> faust.App:
    """The app. It runs inside our own event loop only, never as a `faust worker`."""
    kafka = deps.settings.kafka
    return faust.App(
        f"{deps.service.slug}.processor",
        broker=[f"kafka://{server}" for server in kafka.bootstrap_servers.split(",")],
        broker_credentials=credentials(kafka),
        datadir=folder,
        store="rocksdb://",
        web_enabled=False,
        autodiscover=False,
        topic_partitions=kafka.partitions,
        topic_replication_factor=kafka.replication,
        topic_disable_leader=True,
        reply_create_topic=False,
        table_standby_replicas=0,
        processing_guarantee="at_least_once",
        consumer_auto_offset_reset="earliest",
        recovery_consistency_check=kafka.transactions,  # the embedded broker reports too low an end
        broker_session_timeout=kafka.session_timeout_ms / 1000,
        broker_heartbeat_interval=kafka.session_timeout_ms / 4000,
        broker_rebalance_timeout=60.0,
        broker_commit_interval=0.3,
        agent_supervisor=CrashingSupervisor,
        logging_config=None,
    )


class TimerAgent:
    """Keeps a service's timers; `processed`: the next offset of each partition.

    The deciders that set them have as many partitions as the ticks, or fewer (`overrides.py`). The wire type of a
    timer's command names its decider.
    """

    def __init__(self, app: faust.App, deps: Deps) -> None:
        self._app, self._deps = cast(Any, app), deps
        slug = deps.service.slug
        self.events = [topic_name(decider, "events") for decider in deps.service.timers]
        self.ticks = topic_name(slug, "ticks")
        self._types = frozenset(model.wire for types in deps.service.timers.values() for model in types.events)
        self._table: Any = app.Table(
            "timers", partitions=deps.settings.kafka.partitions, key_type=bytes, value_type=bytes
        )
        self._table.on_recover(self._recovered)
        self.timers = Timers(self._table, self._fire)
        self.processed: dict[TP, int] = {}
        self.last: Last | None = None
        self.pulse = deps.pulses["processor"] = Pulse()
        source = app.topic(
            *self.events, self.ticks, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
        )
        app.agent(source, name=f"{slug}.timers", concurrency=1, supervisor_strategy=CrashingSupervisor)(self._run)

    async def _recovered(self) -> None:
        try:
            changelog = self._table.changelog_topic_name
            active = self._app.assignor.assigned_actives()
            mine = {tp.partition for tp in active if tp.topic == changelog}
            self.processed = {tp: at for tp, at in self.processed.items() if tp.partition in mine}
            self.timers.rebuild(mine)
        except BaseException as error:  # Faust swallows exceptions of this callback
            await self._app.crash(error)
            raise

    async def _run(self, stream: Any) -> None:
        async for event in stream.events():
            try:
                await self._handle(event)
            except BaseException:
                self._app.poisoned = True  # before Faust acknowledges on the way out
                raise

    async def _handle(self, event: Any) -> None:
        message = event.message
        self.pulse.beat()
        if message.topic == self.ticks:
            tick_time = datetime.fromisoformat(orjson.loads(event.value)["now"])
            # a tick from before the clock was moved back must not fire what is due only later
            await self.timers.tick(message.partition, min(tick_time, self._deps.clock()))
        else:
            self.last = Last(message.topic, message.partition, message.offset, message.timestamp)
            carried = message.headers or ()
            record = Encoded(event.value, list(carried.items() if isinstance(carried, dict) else carried))
            [decoded] = await self._deps.codec.decode([record], self._types)
            if isinstance(decoded, Refusal):
                raise ValueError(f"{message.topic}-{message.partition} offset {message.offset}: {decoded.detail}")
            if decoded is not None and isinstance(decoded.data, TimerSet | TimerCancelled):
                self.timers.apply(decoded, message.partition, header(record.headers, "traceparent") or "")
        self.processed[TP(message.topic, message.partition)] = message.offset + 1

    async def _fire(self, row: Row, now: datetime) -> None:
        model = model_of(row.command)
        if model is None or not issubclass(model, FireTimer):
            raise TypeError(f"timer {row.timer_id} names {row.command}, which is no timer command here")
        command = model(
            id=derive(row.timer_id, row.version, "fire"),
            at=now,
            timer_id=row.timer_id,
            version=row.version,
            due=datetime.fromisoformat(row.due),
            **{model.key_field: row.key},
        )
        with edge_span(f"create {model.__name__}", link=row.traceparent) as headers:
            target = model.decided_in()
            sent = self._deps.sender.envelope(target, command, row.correlation, row.causation, actor=system("timer"))
            await self._deps.sender.send(target, [(sent, headers)])


Register = Callable[[faust.App, Deps], TimerAgent]
