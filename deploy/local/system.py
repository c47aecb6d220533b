"""The whole system on one machine: check, start, wait until ready, stop."""

import asyncio
import logging
import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from aiokafka.errors import KafkaError

from deploy.catalogue import OPS, SERVICE_NAMES, load, load_all
from deploy.gateway.app import build
from deploy.gateway.backends import Backends
from deploy.local import console, embedded
from deploy.local.embedded import CannotStart, require_free, require_local
from deploy.local.needs import of_roles, ordinary
from deploy.local.options import Options, environment, load_secrets, operators, remember, settings_from
from deploy.local.simulators import LocalSimulators
from deploy.local.supervisor import Child, Supervisor
from deploy.operating.exposed import exposed
from deploy.operating.statuses import waiting
from deploy.operating.topics import prepare
from deploy.publishing.definition_store import compare, published, read_files, write
from shared import mongo
from shared.bus.topics import TopicTrouble
from shared.canary import OtherKeys
from shared.clock import SharedClock
from shared.contracts.base import changed
from shared.host.exposure import near
from shared.host.hops import beyond
from shared.host.run import ROLES, roles_of
from shared.host.server import Server
from shared.incarnation import OtherLog, incarnation_of, stamp_database, stamp_folder, table_folder
from shared.masters import WrongMasterKey
from shared.projector.generations import POSITIONS
from shared.service import Service

log = logging.getLogger(__name__)
WIPED = ("mongo", "faust", "keys.sqlite", "keys.sqlite-wal", "keys.sqlite-shm", "spans.jsonl", "clock.json", "up.json")
"""Contents of the data folder that are built from the log, so that they are deleted with it."""
Say = Callable[[str], None]


class System:
    """A local system. `say` is called with one line for each step that the user should see."""

    def __init__(self, options: Options, say: Say) -> None:
        self.options, self._say = options, say
        require_local()
        options.data_dir.mkdir(parents=True, exist_ok=True)
        self._check_ports()
        self._generated = load_secrets(options.data_dir)
        self.env = environment(options, self._generated)
        self.settings = settings_from(self.env)
        self._require_safe()
        if options.kafka is None:
            self._wipe()
        self.failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.supervisor = Supervisor(options.data_dir / "logs", self._vital_died)
        self._simulators = LocalSimulators(options, self.settings)
        self.mailbox, self.hospital, self.wechat = self._simulators.all
        self.backends: Backends | None = None
        self._gateway: asyncio.Task[None] | None = None
        self.users: dict[str, str] = {}

    @property
    def url(self) -> str:
        """Return where the gateway is; patients reach the same."""
        return self.options.url

    patients_url = url

    @property
    def mllp(self) -> tuple[str, int]:
        """Return host and port of the MLLP server."""
        return "127.0.0.1", self.options.mllp_port

    @property
    def signing_key(self) -> Path:
        """Return the file of the key that signs tokens."""
        return self.settings.data_dir / "token-key.pem"

    @property
    def failure(self) -> str | None:
        """Return why the system ended, if it did."""
        return self.failed.result() if self.failed.done() else None

    async def status(self) -> dict[str, dict[str, Any]]:
        """Return how each process is."""
        assert self.backends is not None
        return await self.backends.status()

    @property
    def pending(self) -> int:
        """Return the number of receipts, messages and notifications that the simulators have not delivered yet."""
        return self._simulators.pending

    def _vital_died(self, sentence: str) -> None:
        if not self.failed.done():
            self.failed.set_result(sentence)

    def _gateway_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            self._vital_died(f"the gateway ended: {task.exception()!r}")

    def _check_ports(self) -> None:
        o = self.options
        ports = [
            (o.port, "the gateway", "--port"),
            (o.mllp_port, "MLLP", "--mllp-port"),
            (o.smtp_port, "mail", "--smtp-port"),
            (o.his_port, "the demo hospital", "--his-port"),
        ]
        ports += [] if o.kafka else [(o.kafka_port, "the broker", "--kafka-port")]
        ports += [] if o.mongo else [(o.mongo_port, "the database", "--mongo-port")]
        for index, (port, what, option) in enumerate(ports):
            require_free(port, what, option)
            for other_port, other, _ in ports[:index]:
                if other_port == port:
                    raise CannotStart(
                        f"port {port} is asked for by {other} and by {what}: choose another with {option}"
                    )

    def _require_safe(self) -> None:
        if self.settings.http.cert_file:
            raise CannotStart("`careloop up` serves plain HTTP: put a proxy before it, CARELOOP_HTTP__BEHIND_TLS_PROXY")
        if wrong := exposed(self.settings):
            raise CannotStart("; ".join(wrong))

    def _wipe(self) -> None:
        """Delete what was built from the log of the embedded broker, since that log ended with its process."""
        old = [self.options.data_dir / name for name in WIPED if (self.options.data_dir / name).exists()]
        for path in old:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if old:
            self._say("the embedded broker keeps its log in memory: starting from an empty database and empty tables")

    async def start(self) -> None:
        """Start everything and return when all roles are ready. Raises `CannotStart`."""
        await self._infrastructure()
        if self.options.clock_speed is not None:
            SharedClock(self.settings.clock_file).set(datetime.now(UTC), self.options.clock_speed)
        services = load_all(self.settings)
        try:
            prepared = await prepare(services, self.settings)
            await self._stamp(services)
        except (TopicTrouble, OtherKeys, WrongMasterKey, OtherLog) as error:
            raise CannotStart(str(error)) from error
        self._say(f"topics: {len(prepared.topics)} created, {len(prepared.groups)} consumer groups new")
        files = read_files([self.options.definitions])
        self.users = console.demo_users(self.options.data_dir, files)
        changes = compare(files, await published(self.settings.kafka))
        await write(self.settings, [change for change in changes if change.what != "conflict"], "careloop up")
        self._say(f"definitions: {sum(change.what == 'new' for change in changes)} published")
        self._services()
        await self._simulators.start()
        await self._until_ready()
        self._say(f"ready at {self.options.url}, MLLP on port {self.options.mllp_port}")
        self._say(f"console at {self.options.url}/, sign in with login and password:")
        for login, password in self.users.items():
            self._say(f"  {login}  {password}")

    async def _stamp(self, services: list[Service]) -> None:
        """Check that tables and databases were built from this log. Raises `OtherLog`.

        Every process checks that too; here it fails with one message.
        """
        incarnation = await incarnation_of(self.settings.kafka)
        async with mongo.connected(self.settings.mongo.url) as client:
            for service in services:
                if (folder := table_folder(self.settings, service.slug)).exists():
                    stamp_folder(folder, incarnation)
                await stamp_database(client[mongo.database_name(service.name)][POSITIONS], incarnation)

    async def _reachable(self) -> None:
        """Check that broker and database answer, and that the database is a replica set. Raises `CannotStart`."""
        try:
            await incarnation_of(self.settings.kafka)
        except KafkaError as error:
            raise CannotStart(f"no Kafka answers at {self.options.kafka_servers}: {error}") from error
        client = mongo.connect(self.settings.mongo.url)
        try:
            if "setName" not in await client.admin.command("hello"):
                raise CannotStart(f"{self.options.mongo_url} is no replica set, so it has no transactions")
        except mongo.MongoError as error:
            raise CannotStart(f"no MongoDB answers at {self.options.mongo_url}: {type(error).__name__}") from error
        finally:
            client.close()

    async def _infrastructure(self) -> None:
        o = self.options
        if o.kafka is None:
            broker = Child(
                "broker",
                embedded.broker_command(o.kafka_port, f"run-{uuid4().hex[:12]}"),
                ordinary(self.env),
                vital=True,
            )
            self.supervisor.start(broker)
            await embedded.until_open(o.kafka_port, "the embedded broker")
        if o.mongo is None:
            command = embedded.database_command(o.mongo_port, o.data_dir / "mongo")
            self.supervisor.start(Child("database", command, ordinary(self.env)))
            await embedded.until_open(o.mongo_port, "the embedded database")
            await embedded.form_replica_set(o.mongo_port)
        await self._reachable()
        self._say(f"broker at {o.kafka_servers}, database at {o.mongo_url}")

    def _services(self) -> None:
        apis: dict[tuple[str, str], str] = {}
        health: dict[str, str] = {}
        for name in SERVICE_NAMES:
            service = load(name, self.settings)
            for role in roles_of(service) if self.options.split else ["all"]:
                port, child = embedded.free_port(), name if role == "all" else f"{name}-{role}"
                served = roles_of(service) if role == "all" else [role]
                self._run(child, name, role, port, of_roles(self.env, service.uses_of(served)))
                health[child] = f"http://127.0.0.1:{port}"
                apis |= {(name, each): health[child] for each in served}
        health[console.NAME] = f"http://127.0.0.1:{(port := embedded.free_port())}"
        self.supervisor.start(console.child(self.options, self.env, self._generated["console"], port))
        health[OPS] = apis[OPS, "api"] = f"http://127.0.0.1:{(port := embedded.free_port())}"
        self._run(OPS, OPS, "api", port, of_roles(self.env, ()) | operators(self.options, health))
        self.backends = Backends(apis, health, self.supervisor.pid_of, self.supervisor.log_of, health[console.NAME])
        public = urlsplit(self.settings.hospital.public_url).hostname or ""
        local_only = near(self.settings) and not beyond(public)  # otherwise simulators would be reachable from outside
        extra = self._simulators.routes() if local_only else []
        gateway = build(self.backends, *extra, hosts=[public], near=local_only)
        own = changed(self.settings, http_port=self.options.port)
        self._gateway = asyncio.create_task(Server(gateway, own).serve())
        self._gateway.add_done_callback(self._gateway_ended)
        remember(self.options, os.getpid(), health)

    def _run(self, child: str, service: str, role: str, port: int, env: dict[str, str]) -> None:
        """Start a role of a service, or all of them, in a process of its own."""
        address = {"CARELOOP_HTTP_HOST": "127.0.0.1", "CARELOOP_HTTP_PORT": str(port)}
        command = [sys.executable, "-m", "deploy.cli", "run", service, "--role", role]
        self.supervisor.start(Child(child, command, {**env, **address}))

    async def _until_ready(self, seconds: float = 90) -> None:
        assert self.backends is not None
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            status = await self.backends.status()
            late = waiting(status)
            if not late:
                return
            if self.failed.done():
                raise CannotStart(self.failed.result())
            restarted = [c.name for c in self.supervisor.children.values() if c.restarts > 2]
            if restarted or asyncio.get_running_loop().time() > deadline:
                logs = ", ".join(str(self.supervisor.log_of(name)) for name in restarted or late)
                raise CannotStart(f"{', '.join(restarted or late)} did not get ready: see {logs}")
            await asyncio.sleep(0.2)

    async def stop(self) -> None:
        """Stop the gateway, the simulators, the services, then the database and the broker."""
        if self._gateway:
            self._gateway.cancel()
            await asyncio.gather(self._gateway, return_exceptions=True)
        await self._simulators.stop()
        services = [name for name in self.supervisor.children if name not in ("broker", "database")]
        # roles such as senders stop first, while deciders still answer their last commands
        extra_roles = [name for name in services if name.rpartition("-")[2] not in ROLES]
        await self.supervisor.stop(extra_roles, services, ["database"], ["broker"])
        if self.backends:
            await self.backends.client.aclose()
        (self.options.data_dir / "up.json").unlink(missing_ok=True)
