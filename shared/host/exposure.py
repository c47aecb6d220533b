"""What would lie open if a process started with these settings: `careloop run` refuses, `careloop doctor` says it.

Only hops that its roles have are counted. While all of them stay on this machine, keys alone must be sound.
"""

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from shared.ciphers import KEY_BYTES
from shared.host.hops import MongoUrl, beyond, host_of, hosts, plain
from shared.masters import Masters
from shared.service import Service, Use
from shared.settings import PlainHop, Settings

_SIGNING_BYTES = 24
"""The least that Standard Webhooks allows."""


@dataclass(frozen=True, slots=True)
class _Fault:
    """A sentence; `hop` is what accepts it in CARELOOP_ALLOW_PLAIN, None where nothing does."""

    says: str
    hop: PlainHop | None = None

    @property
    def with_way_out(self) -> str:
        """The sentence, and the exception where there is one."""
        out = f', or CARELOOP_ALLOW_PLAIN=["{self.hop}"] where a mesh or a tunnel protects it'
        return f"{self.says}{out if self.hop else ''}"


def near(settings: Settings) -> bool:
    """Whether nobody beyond this machine reaches our HTTP, a proxy beside us included: others see no `/internal`."""
    return not (beyond(settings.http_host) or settings.http.behind_tls_proxy)


def exposures(settings: Settings, service: Service, roles: Sequence[str]) -> list[str]:
    """Why these roles must not start: each sentence names the setting and the way out."""
    uses, away = service.uses_of(roles), _leaves(settings, service.uses_of(roles))
    faults = [fault for fault in _faults(settings, uses) if fault.hop not in settings.allow_plain]
    return [*_keys(settings), *(_secrets(settings, uses) if away else []), *(fault.with_way_out for fault in faults)]


def warnings(settings: Settings, service: Service, roles: Sequence[str]) -> list[str]:
    """What these roles start with all the same, said at each start."""
    allowed = [fault for fault in _faults(settings, service.uses_of(roles)) if fault.hop in settings.allow_plain]
    named = sorted({fault.hop for fault in allowed if fault.hop})
    said = [f"CARELOOP_ALLOW_PLAIN accepts what is open on the way to: {', '.join(named)}"] if named else []
    keys = (
        ("MASTER", settings.keys.master_key, "`careloop keys rewrap` brings the log under one of 32"),
        ("SITE", settings.keys.site_key, "a new log needs 32"),
    )
    said += [f"CARELOOP_KEYS__{name} has {len(key)} bytes: {way}" for name, key, way in keys if len(key) < KEY_BYTES]
    return said


def refuse(settings: Settings, service: Service, roles: Sequence[str]) -> None:
    """Raises `SystemExit` with every sentence at once."""
    if wrong := exposures(settings, service, roles):
        raise SystemExit("\n- ".join([f"careloop: {service.name} refuses to start:", *wrong]))


def _keys(settings: Settings) -> Iterator[str]:
    checks: list[Callable[[], object]] = [
        lambda: Masters(settings.keys.master_key, settings.keys.former_master_keys),
        lambda: settings.keys.site_key,
    ]
    for check in checks:
        try:
            check()
        except ValueError as error:
            yield str(error)


def _secrets(settings: Settings, uses: set[Use]) -> Iterator[str]:
    if "links" in uses and len(settings.auth.links.current) < KEY_BYTES:
        yield "CARELOOP_AUTH__LINK_SECRET has fewer than 32 characters: `careloop keys new link` makes one"
    if "links" in uses and any(len(each) < KEY_BYTES for each in settings.auth.links.former if each):
        yield "CARELOOP_AUTH__FORMER_LINK_SECRETS has one of fewer than 32 characters: take it out"
    if "callbacks" in uses and any(_strength(each) < _SIGNING_BYTES for each in settings.smtp.callbacks.former if each):
        yield "CARELOOP_SMTP__FORMER_CALLBACK_SECRETS has one of fewer than 24 bytes: take it out"
    if "callbacks" in uses and _strength(settings.smtp.callbacks.current) < _SIGNING_BYTES:
        yield "CARELOOP_SMTP__CALLBACK_SECRET has fewer than 24 bytes: `careloop keys new callback` makes one"
    url, told = settings.hospital.public_url, "links" in uses or ("payments" in uses and settings.payments)
    if told and (plain(url) or (beyond(settings.http_host) and not url.startswith("https://"))):
        yield f"CARELOOP_HOSPITAL__PUBLIC_URL is {url}: patients and platforms reach us by https"


def _strength(secret: str) -> int:
    """Bytes of a secret of Standard Webhooks (base64 after `whsec_`), or of one that stands as it is."""
    if not secret.startswith("whsec_"):
        return len(secret.encode())
    try:
        return len(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except ValueError:
        return 0


def _leaves(settings: Settings, uses: set[Use]) -> bool:
    """Whether any hop of these roles leaves this machine, or patients reach them from elsewhere."""
    reached = [settings.http_host, *hosts(settings.kafka.bootstrap_servers), *MongoUrl.of(settings.mongo.url).hosts]
    reached += [settings.mllp.host] if "mllp" in uses else []
    reached += [settings.smtp.host] if "smtp" in uses else []
    urls = [settings.hospital.public_url, *(settings.endpoints.values() if "endpoints" in uses else ())]
    return any(map(beyond, [*reached, *map(host_of, urls)]))


def _faults(settings: Settings, uses: set[Use]) -> Iterator[_Fault]:
    yield from _http(settings)
    kafka = settings.kafka
    far = [host for host in hosts(kafka.bootstrap_servers) if beyond(host)]
    if far and kafka.security_protocol not in ("SSL", "SASL_SSL"):
        way = "set CARELOOP_KAFKA__SECURITY_PROTOCOL=SASL_SSL, or SSL with a client certificate"
        yield _Fault(f"Kafka at {', '.join(far)} is reached by {kafka.security_protocol}: {way}", "kafka")
    elif far and not (kafka.sasl or kafka.cert_file):
        way = "set CARELOOP_KAFKA__CERT_FILE and __KEY_FILE, or CARELOOP_KAFKA__SECURITY_PROTOCOL=SASL_SSL"
        yield _Fault(f"nobody says who we are to Kafka at {', '.join(far)}: {way}", "kafka")
    url = MongoUrl.of(settings.mongo.url)
    if any(map(beyond, url.hosts)):
        lacks = [name for name, there in (("tls=true", url.tls), ("credentials", url.credentials)) if not there]
        if lacks:
            yield _Fault(f"CARELOOP_MONGO__URL leads beyond this machine without {' and '.join(lacks)}", "mongo")
    if "smtp" in uses and beyond(settings.smtp.host) and settings.smtp.tls == "none":
        yield _Fault(f"mail leaves for {settings.smtp.host} in plain: set CARELOOP_SMTP__TLS=starttls or tls", "smtp")
    if "mllp" in uses and beyond(settings.mllp.host):
        yield from _mllp(settings)
    for name, address in settings.endpoints.items() if "endpoints" in uses else ():
        if plain(address):
            yield _Fault(f"CARELOOP_ENDPOINTS reaches {name} in plain: give it a mllps or https address", "endpoints")


def _http(settings: Settings) -> Iterator[_Fault]:
    auth, host = settings.auth, settings.http_host
    if auth.jwks_url and plain(auth.jwks_url):
        yield _Fault("CARELOOP_AUTH__JWKS_URL is not https: whoever is on the way could sign tokens")
    if not beyond(host):
        return
    if not (auth.jwks_url or auth.public_key_file):
        way = "set CARELOOP_AUTH__JWKS_URL or CARELOOP_AUTH__PUBLIC_KEY_FILE"
        yield _Fault(f"HTTP would listen on {host} without authentication: {way}")
    if not (settings.http.cert_file or settings.http.behind_tls_proxy):
        way = "set CARELOOP_HTTP__CERT_FILE and __KEY_FILE, or CARELOOP_HTTP__BEHIND_TLS_PROXY=true if one ends TLS"
        yield _Fault(f"HTTP would listen on {host} in plain: {way}")


def _mllp(settings: Settings) -> Iterator[_Fault]:
    mllp = settings.mllp
    if not mllp.ca_file and all(network.prefixlen == 0 for network in mllp.peers):
        way = 'CARELOOP_MLLP__CA_FILE (mutual TLS) or CARELOOP_MLLP__PEERS (a JSON list of networks: ["10.1.0.0/16"])'
        yield _Fault(f"MLLP would listen on {mllp.host} for everybody: set {way}")
    if not mllp.cert_file:
        yield _Fault(f"MLLP would listen on {mllp.host} in plain: set CARELOOP_MLLP__CERT_FILE and __KEY_FILE", "mllp")
