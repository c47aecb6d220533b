"""Settings of payments: addresses of platforms, and the keys of our accounts with them."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import SecretStr

from shared.endpoints import EndpointSettings, endpoints
from shared.settings import Settings
from shared.settings_group import Group
from shared.uses import Use, open_pages


class PaymentKeys(Group):
    """What signs our requests to a payment platform, what it signs with, and what opens its notifications."""

    private_key_file: Path
    platform_key_file: Path
    api_v3_key: SecretStr


class PaymentSettings(EndpointSettings):
    """`endpoints` are addresses that override those of definitions, `payments` our keys: both by definition id.

    Requests to hospital systems read the same setting `endpoints` for theirs.
    """

    payments: dict[str, PaymentKeys] = {}


def _weak(settings: Settings) -> Iterable[str]:
    return open_pages(settings) if PaymentSettings.of(settings).payments else ()


PLATFORMS = endpoints("platforms")
ACCOUNTS = Use("payments", ("PAYMENTS",), weak=_weak)
