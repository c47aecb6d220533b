"""The checks of `careloop doctor`."""

from collections.abc import Awaitable, Callable, Collection
from contextlib import closing
from dataclasses import dataclass

from deploy.operating.dropped import faults
from deploy.operating.exposed import accepted, exposed
from deploy.operating.topics import every_group, every_topic, partition_counts
from deploy.settings import AllSettings
from services.his_adapter.settings import HisSettings
from shared import canary, identity, mongo
from shared.bus import clients, groups, topics
from shared.host.deps import key_ring, key_store
from shared.host.hops import MongoUrl
from shared.incarnation import incarnation_of
from shared.service import Service
from shared.settings import WIDE_SCOPES
from shared.settings_kafka import Kafka


@dataclass(slots=True)
class Finding:
    """The result of one check; `detail` is the state, or what is wrong and what to do."""

    what: str
    ok: bool
    detail: str


class _Wrong(Exception):
    """A check failed; the text is the detail of the finding."""


EXPOSURE = "exposure"
"""What settings leave open. It needs the settings of all processes, which only the command line has."""
DEPENDING = ("broker", "topics", "consumer groups", "database", "keys", "authentication", "drop folder")
"""The other checks, each after those that it depends on. The console has a name and what to do for each."""


async def examine(settings: AllSettings, services: list[Service], without: Collection[str] = ()) -> list[Finding]:
    """Run all checks but those in `without`, in the order in which they depend on each other."""
    checks: tuple[Callable[[], Awaitable[str]], ...] = (
        lambda: _exposure(settings),
        lambda: _broker(settings),
        lambda: _topics(settings, services),
        lambda: _groups(settings, services),
        lambda: _database(settings),
        lambda: _keys(settings),
        lambda: _auth(settings),
        lambda: _drop(settings),
    )
    named = zip((EXPOSURE, *DEPENDING), checks, strict=True)
    findings = []
    for what, check in [each for each in named if each[0] not in without]:
        try:
            findings.append(Finding(what, True, await check()))
        except Exception as error:  # any error is a finding
            findings.append(Finding(what, False, f"{error}" or type(error).__name__))
    return findings


async def _exposure(settings: AllSettings) -> str:
    if wrong := exposed(settings):
        raise _Wrong("; ".join(wrong))
    return "; ".join(["nothing lies open", *accepted(settings)])


async def _broker(settings: AllSettings) -> str:
    log = await incarnation_of(settings.kafka)
    how = "with transactions" if settings.kafka.transactions else "without transactions (embedded, log in memory)"
    return f"{settings.kafka.bootstrap_servers}, log {log}, {how}; {_secured(settings.kafka)}"


def _secured(kafka: Kafka) -> str:
    """Describe the security of the connection to the broker, the same for aiokafka and Faust."""
    sasl = f"as {kafka.sasl_username} by {kafka.sasl_mechanism}" if kafka.sasl else ""
    certificate = "by our certificate" if kafka.cert_file else ""
    protocol = f"{kafka.security_protocol}{'' if kafka.tls else ' (not encrypted)'}"
    return ", ".join(filter(None, (protocol, sasl, certificate)))


async def _topics(settings: AllSettings, services: list[Service]) -> str:
    wanted = every_topic(services, settings)
    async with clients.admin(settings.kafka) as admin:
        wrong = await topics.differences(admin, wanted, settings.kafka)
        if settings.kafka.transactions and not wrong:  # the embedded broker does not report topic settings
            wrong = await topics.other_settings(admin, wanted)
    if wrong:
        raise _Wrong("; ".join(wrong))
    if new := await identity.check(settings.kafka, [topic.name for topic in wanted]):
        raise _Wrong(f"the ids of {', '.join(sorted(new))} are not recorded yet: run `careloop topics`")
    return f"{len(wanted)} as the code says"


async def _groups(settings: AllSettings, services: list[Service]) -> str:
    pairs = await groups.pairs(settings.kafka, every_group(services), partition_counts(services, settings))
    if missing := [f"{pair.group} on {tp.topic}-{tp.partition}" for pair in pairs for tp in pair.missing]:
        raise _Wrong(f"no offset for {', '.join(missing)}: `careloop topics` lets new groups begin, and says what else")
    recorded = await groups.recorded(settings.kafka)
    if unrecorded := [f"{p.group} on {p.topic}" for p in pairs if (p.group, p.topic) not in recorded]:
        raise _Wrong(f"consumer groups not recorded: {', '.join(unrecorded)}: run `careloop topics`")
    return f"{len({pair.group for pair in pairs})} groups have offsets for every partition, and are recorded"


async def _database(settings: AllSettings) -> str:
    async with mongo.connected(settings.mongo.url) as client:
        hello = await client.admin.command("hello")
    if "setName" not in hello:
        raise _Wrong("it is no replica set, so it has no transactions: start it with --replSet")
    how = "TLS" if MongoUrl.of(settings.mongo.url).tls else "not encrypted"
    return f"replica set {hello['setName']}, primary {hello.get('primary')}; {how}"


async def _keys(settings: AllSettings) -> str:
    async with mongo.connected(settings.mongo.url) as client:
        ring = key_ring(settings, client)
        keys = await ring.load(["doctor"], create=True)
        ciphertext = keys.seal("doctor", b"well", "doctor")
        if ciphertext is None or keys.open("doctor", ciphertext, "doctor") != b"well":
            raise _Wrong("a test ciphertext did not open again")
        if not await canary.check(settings, ring):
            raise _Wrong("this log has no record of its keys yet: run `careloop topics`")
        with closing(key_store(settings, client)) as store:
            counts = await store.counts()
    elsewhere = sum(count for kid, count in counts.items() if kid not in (None, ring.masters.kid))
    rewrap = f"; {elsewhere} keys wait for `careloop keys rewrap`" if elsewhere else ""
    done = "; CARELOOP_KEYS__FORMER_MASTERS may be taken out" if ring.masters.former and not elsewhere else ""
    return f"{settings.keys.store} key store seals and opens, and belongs to this log{rewrap}{done}"


async def _auth(settings: AllSettings) -> str:
    keys = _token_keys(settings)
    return f"{keys}; warning: {WIDE_SCOPES}" if settings.auth.wide_scopes else keys


def _token_keys(settings: AllSettings) -> str:
    if settings.auth.jwks_url:
        return f"OIDC keys at {settings.auth.jwks_url}"
    if settings.auth.public_key_file and settings.auth.public_key_file.exists():
        return f"local key {settings.auth.public_key_file}"
    raise _Wrong("nobody could get a token: set CARELOOP_AUTH__JWKS_URL or CARELOOP_AUTH__PUBLIC_KEY_FILE")


async def _drop(settings: AllSettings) -> str:
    his = HisSettings.of(settings)
    if his.drop_dir is None:
        return "none is read"
    if wrong := faults(his):
        raise _Wrong("; ".join(wrong))
    return f"{his.drop_dir} is entered by nobody else, and nothing that was read lies there in clear"
