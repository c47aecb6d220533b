"""Accounts with payment platforms, made from definition and keys when first needed."""

from services.his_adapter.payments.definitions import Provider
from services.his_adapter.payments.settings import PaymentSettings
from services.his_adapter.payments.signing import Signer
from services.his_adapter.payments.statement import Trouble
from services.his_adapter.payments.wechat import WeChatPay
from shared.contracts.base import changed
from shared.host.deps import Deps


class Accounts:
    """The accounts of one process; a new version of a definition makes a new one."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._open: dict[str, WeChatPay] = {}

    def provider(self, id: str) -> Provider:
        """The definition in force, at the address the settings say. Raises `Trouble`."""
        found = self._deps.definitions.snapshot.find(Provider, id)
        if found is None:
            raise Trouble("provider-missing")
        return changed(found, address=PaymentSettings.of(self._deps.settings).endpoints.get(id, found.address))

    def signer(self, provider: Provider) -> Signer:
        """Its keys. Raises `Trouble`."""
        keys = PaymentSettings.of(self._deps.settings).payments.get(provider.id)
        if keys is None:
            raise Trouble("keys-missing")
        try:
            return Signer.of(provider, keys)
        except (OSError, ValueError) as error:
            raise Trouble("keys-unreadable") from error

    async def of(self, id: str) -> WeChatPay:
        """The account. Raises `Trouble`."""
        provider = self.provider(id)
        if provider.ref not in self._open:
            notify = f"{self._deps.settings.hospital.public_url}/his/v1/payments/notifications/{id}"
            self._open[provider.ref] = WeChatPay(provider, self.signer(provider), notify)
        return self._open[provider.ref]

    async def close(self) -> None:
        """Close every connection."""
        for account in self._open.values():
            await account.close()
