"""`careloop doctor` on a broker that tells its settings."""

from dataclasses import replace

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from deploy.operating.doctor import examine
from deploy.operating.topics import prepare
from shared.bus.clients import admin
from shared.service import Service
from shared.settings import Settings
from tests.support.counter import SERVICE


async def verdict_on(parts: Settings, subject: str, service: Service = SERVICE) -> tuple[bool, str]:
    findings = {finding.what: finding for finding in await examine(parts, [service])}
    return findings[subject].ok, findings[subject].detail


async def test_a_topic_that_forgets_too_early_is_named_with_its_setting(parts: Settings) -> None:
    await prepare([SERVICE], parts)
    assert await verdict_on(parts, "topics") == (True, "13 as the code says")
    topic = "careloop.counter.events.v1"
    async with admin(parts.kafka) as client:
        for value, ok in (("60000", False), ("-1", True)):
            change = {"retention.ms": value, "retention.bytes": "-1"}
            await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, change)])
            well, detail = await verdict_on(parts, "topics")
            assert (well, ok or f"{topic} has retention.ms=60000, the code says -1" in detail) == (ok, True)


async def test_a_group_without_an_offset_is_named_with_its_partition(parts: Settings) -> None:
    stranger = replace(SERVICE, name="stranger")
    for mark, words in ((False, "stranger.projector on careloop.counter.events.v1-0"), (True, "groups")):
        await prepare([stranger], parts, mark_groups=mark)
        well, detail = await verdict_on(parts, "consumer groups", stranger)
        assert (well, words in detail) == (mark, True)
