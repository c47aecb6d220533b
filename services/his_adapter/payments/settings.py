"""Settings of payments: addresses of platforms, and the keys of our accounts with them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

from pydantic import SecretStr

from shared.host.hops import host_of, plain
from shared.settings import Settings
from shared.settings_group import Group
from shared.uses import Fault, Use, open_pages


class PaymentKeys(Group):
    """What signs our requests to a payment platform, what it signs with, and what opens its notifications."""

    private_key_file: Path
    platform_key_file: Path
    api_v3_key: SecretStr


class PaymentSettings(Settings):
    """`endpoints` are addresses that override those of definitions, `payments` our keys: both by definition id.

    Requests to hospital systems read the same setting `endpoints` for theirs.
    """

    plain_hops: ClassVar[tuple[str, ...]] = ("endpoints",)

    endpoints: dict[str, str] = {}
    payments: dict[str, PaymentKeys] = {}


def _hosts(settings: Settings) -> Iterable[str]:
    return map(host_of, PaymentSettings.of(settings).endpoints.values())


def _plain(settings: Settings) -> Iterator[Fault]:
    for name, address in PaymentSettings.of(settings).endpoints.items():
        if plain(address):
            yield Fault(f"CARELOOP_ENDPOINTS reaches {name} in plain: give it a mllps or https address", "endpoints")


def _weak(settings: Settings) -> Iterable[str]:
    return open_pages(settings) if PaymentSettings.of(settings).payments else ()


PLATFORMS = Use("platforms", ("ENDPOINTS",), reaches=_hosts, faults=_plain)
ACCOUNTS = Use("payments", ("PAYMENTS",), weak=_weak)
