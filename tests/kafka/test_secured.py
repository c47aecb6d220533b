"""Over TLS, by password and by certificate, every hop of ours works; who is not let in reads why."""

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deploy.authority import Authority
from deploy.operating.doctor import examine
from shared.bus.clients import admin, producer, started
from shared.bus.refusal import BrokerRefused
from shared.contracts.base import changed
from shared.policy import Policy, caused
from shared.settings import Settings
from shared.settings_kafka import Kafka
from tests.support.counter import SERVICE, Count, Counted, running
from tests.support.eventually import eventually
from tests.support.kafka import KafkaServer
from tests.support.kafka_secured import PASSWORD, USER, Secured, secured_kafka
from tests.support.parts import embedded_parts
from tests.support.workers import environment

LISTENERS = {"password": "SASL_SSL, as careloop by SCRAM-SHA-512", "certificate": "SSL, by our certificate"}


@pytest.fixture(scope="module")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secured]:
    async with secured_kafka(tmp_path_factory.mktemp("secured")) as secured:
        yield secured


@pytest.fixture(scope="module")
async def plain(broker: Secured, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    """Settings of a database and a broker, without credentials for the broker."""
    async with embedded_parts(tmp_path_factory.mktemp("parts"), broker.by_password) as settings:
        yield settings


def over(plain: Settings, kafka: dict[str, Any]) -> Settings:
    """The same settings with another way to the broker."""
    return changed(plain, kafka=Kafka(session_timeout_ms=2000, partitions=2, **kafka))


@pytest.mark.parametrize("listener", LISTENERS)
async def test_a_command_becomes_an_event_a_reaction_a_document_and_a_timer_that_fires(
    broker: Secured, plain: Settings, listener: str
) -> None:
    """Admin, transactional and plain producers, decider, policy, projector and Faust, each over its own connections."""

    def react(event: Any, definitions: Any) -> list[Count]:
        mine = event.data.by == 1
        fields = {"at": event.time, "counter": event.data.counter, "by": 10}
        return [Count(id=caused(event, "ten-more"), **fields)] if mine else []

    policy = Policy("ten-more", ("counter",), (Counted,), react, "counter", begins="beginning")
    settings = over(plain, getattr(broker, listener)())
    counter, service = uuid4().hex, replace(SERVICE, policies=(policy,))
    async with running(settings, "decider", "projector", "processor", service=service) as worker:
        await worker.ask(uuid4().hex, 1, counter, wake_in=0)
        await eventually(lambda: worker.total(counter), lambda total: total == 111)
        assert worker.failures == []
    findings = {finding.what: finding for finding in await examine(settings, [service])}
    assert findings["broker"].ok
    assert findings["broker"].detail.endswith(LISTENERS[listener])


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_every_mechanism_signs_in(broker: Secured, mechanism: str) -> None:
    async with started(producer(Kafka(**broker.password(sasl_mechanism=mechanism)))):
        pass


def refused(broker: Secured, others: Authority) -> list[tuple[dict[str, Any], str]]:
    """Broker settings that are refused, each with the setting that the error must name."""
    stranger, listener = others.issue("stranger"), {"bootstrap_servers": broker.by_certificate}
    return [
        (broker.password(sasl_password="wrong"), "SASL_PASSWORD"),
        (broker.password(sasl_password="wrong", sasl_mechanism="PLAIN"), "SASL_PASSWORD"),
        (broker.password(ca_file=others.file), "CA_FILE"),
        (broker.password(ca_file=None), "CA_FILE"),
        (broker.password(bootstrap_servers=broker.by_password.replace("127.0.0.1", "localhost")), "BOOTSTRAP_SERVERS"),
        (broker.certificate(ca_file=others.file), "CA_FILE"),
        (broker.certificate(cert_file=None, key_file=None), "CERT_FILE"),
        (broker.certificate(cert_file=stranger.cert, key_file=stranger.key), "CERT_FILE"),
        (broker.both(cert_file=None, key_file=None), "CERT_FILE"),
        (broker.both(sasl_password="wrong"), "SASL_PASSWORD"),
        (listener, "SECURITY_PROTOCOL"),
        ({"bootstrap_servers": broker.by_password}, "SECURITY_PROTOCOL"),
        ({**broker.certificate(), "bootstrap_servers": broker.by_password}, "SECURITY_PROTOCOL"),
        ({**broker.certificate(), **broker.password(), **listener}, "SECURITY_PROTOCOL"),
    ]


async def test_who_is_not_let_in_reads_which_setting_to_look_at(broker: Secured, tmp_path: Path) -> None:
    for kafka, setting in refused(broker, Authority(tmp_path, "others")):
        with pytest.raises(BrokerRefused, match=rf"^Kafka at \S+ .*CARELOOP_KAFKA__{setting}\b") as raised:
            async with admin(Kafka(**kafka)):
                pass
        assert not {PASSWORD, "wrong"} & set(str(raised.value).split())


async def test_who_speaks_tls_to_a_listener_without_it_reads_so(broker: Secured, kafka: KafkaServer) -> None:
    for client_settings in (
        broker.password(bootstrap_servers=kafka.address),
        broker.certificate(bootstrap_servers=kafka.address),
    ):
        with pytest.raises(BrokerRefused, match="CARELOOP_KAFKA__SECURITY_PROTOCOL"):
            async with admin(Kafka(**client_settings)):
                pass


@pytest.mark.parametrize("role", ["decider", "processor"])
async def test_a_service_with_a_wrong_password_ends_with_a_sentence(
    broker: Secured, plain: Settings, role: str
) -> None:
    settings = over(plain, broker.password(sasl_password="never-to-be-seen"))
    command = [sys.executable, "-m", "deploy.cli", "run", "complaints", "--role", role]
    ended = subprocess.run(command, env=environment(settings), capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 3
    assert f"knows no user {USER} with this password: see CARELOOP_KAFKA__SASL_USERNAME" in ended.stderr
    assert "never-to-be-seen" not in ended.stderr + ended.stdout
