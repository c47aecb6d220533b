"""Addresses of other systems in the setting `endpoints`, by definition id; they override those of definitions."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from shared.host.hops import host_of, plain
from shared.settings import Settings
from shared.uses import Fault, Use


class EndpointSettings(Settings):
    """`endpoints` are addresses by definition id. Several services and rooms may read it, each for its own."""

    plain_hops: ClassVar[tuple[str, ...]] = ("endpoints",)

    endpoints: dict[str, str] = {}


def _hosts(settings: Settings) -> Iterable[str]:
    return map(host_of, EndpointSettings.of(settings).endpoints.values())


def _plain(settings: Settings) -> Iterator[Fault]:
    for name, address in EndpointSettings.of(settings).endpoints.items():
        if plain(address):
            yield Fault(f"CARELOOP_ENDPOINTS reaches {name} in plain: give it a mllps or https address", "endpoints")


def endpoints(name: str) -> Use:
    """The use of these addresses under a name of its own."""
    return Use(name, ("ENDPOINTS",), reaches=_hosts, faults=_plain)
