"""Settings of requests: addresses of hospital systems."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from shared.host.hops import host_of, plain
from shared.settings import Settings
from shared.uses import Fault, Use


class RequestSettings(Settings):
    """`endpoints` are addresses by definition id; they override those of `endpoint` definitions.

    Payments read the same setting for their platforms.
    """

    plain_hops: ClassVar[tuple[str, ...]] = ("endpoints",)

    endpoints: dict[str, str] = {}


def _hosts(settings: Settings) -> Iterable[str]:
    return map(host_of, RequestSettings.of(settings).endpoints.values())


def _plain(settings: Settings) -> Iterator[Fault]:
    for name, address in RequestSettings.of(settings).endpoints.items():
        if plain(address):
            yield Fault(f"CARELOOP_ENDPOINTS reaches {name} in plain: give it a mllps or https address", "endpoints")


ENDPOINTS = Use("endpoints", ("ENDPOINTS",), reaches=_hosts, faults=_plain)
