"""Clients of payment platforms, created from definition and keys at first use."""

from services.his_adapter.payments.definitions import Provider
from services.his_adapter.payments.settings import PaymentSettings
from services.his_adapter.payments.signing import Signer
from services.his_adapter.payments.statement import PlatformTrouble
from services.his_adapter.payments.wechat import WeChatPay
from shared.contracts.base import changed
from shared.host.deps import Deps


class Accounts:
    """The clients of one process, one per version of a `Provider` definition."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._open: dict[str, WeChatPay] = {}

    def provider(self, id: str) -> Provider:
        """The current definition, with the address from the settings if they have one. Raises `PlatformTrouble`."""
        provider = self._deps.definitions.snapshot.find(Provider, id)
        if provider is None:
            raise PlatformTrouble("provider-missing")
        return changed(provider, address=PaymentSettings.of(self._deps.settings).endpoints.get(id, provider.address))

    def signer(self, provider: Provider) -> Signer:
        """The keys of a provider. Raises `PlatformTrouble` if they are missing or unreadable."""
        keys = PaymentSettings.of(self._deps.settings).payments.get(provider.id)
        if keys is None:
            raise PlatformTrouble("keys-missing")
        try:
            return Signer.of(provider, keys)
        except (OSError, ValueError) as error:
            raise PlatformTrouble("keys-unreadable") from error

    async def of(self, id: str) -> WeChatPay:
        """The client of a provider. Raises `PlatformTrouble`."""
        provider = self.provider(id)
        if provider.ref not in self._open:
            notify = f"{self._deps.settings.hospital.public_url}/his/v1/payments/notifications/{id}"
            self._open[provider.ref] = WeChatPay(provider, self.signer(provider), notify)
        return self._open[provider.ref]

    async def close(self) -> None:
        """Close every connection."""
        for account in self._open.values():
            await account.close()
