"""Security faults of settings: `careloop run` refuses to start with them, `careloop doctor` lists them.

Only connections of the roles that run are checked. While all of them stay on this machine, only the keys must be valid.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from shared.ciphers import KEY_BYTES
from shared.host.hops import MongoUrl, beyond, host_of, hosts, plain
from shared.host.openings import kafka_faults, listening_faults, not_accepted, refuse_for
from shared.masters import Masters
from shared.service import Service
from shared.settings import Settings
from shared.uses import Fault, Use


def near(settings: Settings) -> bool:
    """Whether our HTTP is reachable from this machine only, without a proxy; otherwise `/internal` is not served."""
    return not (beyond(settings.http_host) or settings.http.behind_tls_proxy)


def exposures(settings: Settings, service: Service, roles: Sequence[str]) -> list[str]:
    """Why these roles must not start: each sentence names the setting and the fix."""
    uses = service.uses_of(roles)
    away = _leaves(settings, uses)
    weak = [sentence for use in uses for sentence in use.weak(settings)] if away else []
    return [*_keys(settings), *dict.fromkeys([*weak, *not_accepted(settings, _faults(settings, uses))])]


def warnings(settings: Settings, service: Service, roles: Sequence[str]) -> list[str]:
    """Faults that are accepted by settings, logged at each start."""
    allowed = [fault for fault in _faults(settings, service.uses_of(roles)) if fault.hop in settings.allow_plain]
    hops = sorted({fault.hop for fault in allowed if fault.hop})
    sentences = [f"CARELOOP_ALLOW_PLAIN accepts what is open on the way to: {', '.join(hops)}"] if hops else []
    keys = (
        ("MASTER", settings.keys.master_key, "`careloop keys rewrap` brings the log under one of 32"),
        ("SITE", settings.keys.site_key, "a new log needs 32"),
    )
    sentences += [
        f"CARELOOP_KEYS__{name} has {len(key)} bytes: {way}" for name, key, way in keys if len(key) < KEY_BYTES
    ]
    return sentences


def refuse(settings: Settings, service: Service, roles: Sequence[str]) -> None:
    """Raises `SystemExit` with all sentences."""
    refuse_for(service.name, exposures(settings, service, roles))


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


def _leaves(settings: Settings, uses: Iterable[Use]) -> bool:
    """Whether any connection of these roles leaves this machine, or patients reach them from elsewhere."""
    all_hosts = [settings.http_host, *hosts(settings.kafka.bootstrap_servers), *MongoUrl.of(settings.mongo.url).hosts]
    all_hosts += [host_of(settings.hospital.public_url), *(host for use in uses for host in use.reaches(settings))]
    return any(map(beyond, all_hosts))


def _faults(settings: Settings, uses: Iterable[Use]) -> Iterator[Fault]:
    yield from _http(settings)
    yield from kafka_faults(settings)
    url = MongoUrl.of(settings.mongo.url)
    if any(map(beyond, url.hosts)):
        lacks = [name for name, there in (("tls=true", url.tls), ("credentials", url.credentials)) if not there]
        if lacks:
            yield Fault(f"CARELOOP_MONGO__URL leads beyond this machine without {' and '.join(lacks)}", "mongo")
    for use in uses:
        yield from use.faults(settings)


def _http(settings: Settings) -> Iterator[Fault]:
    auth, host = settings.auth, settings.http_host
    if auth.jwks_url and plain(auth.jwks_url):
        yield Fault("CARELOOP_AUTH__JWKS_URL is not https: whoever is on the way could sign tokens")
    if not beyond(host):
        return
    if not (auth.jwks_url or auth.public_key_file):
        way = "set CARELOOP_AUTH__JWKS_URL or CARELOOP_AUTH__PUBLIC_KEY_FILE"
        yield Fault(f"HTTP would listen on {host} without authentication: {way}")
    yield from listening_faults(settings)
