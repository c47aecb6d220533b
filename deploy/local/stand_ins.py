"""What stands in for others on a laptop: the hospital's HL7 system, the mail relay, the payment platform.

Each stands in for what one service talks to, so it is told that service's settings and address.
"""

from fastapi import APIRouter

from deploy.catalogue import mount_of
from deploy.local.options import WECHAT, Options
from deploy.simulators.hospital.server import Hospital
from deploy.simulators.mailbox import Mailbox
from deploy.simulators.wechat.account import Account
from deploy.simulators.wechat.platform import Platform
from deploy.simulators.wechat.routes import routes as wechat_routes
from services.his_adapter.payments.settings import PaymentSettings
from services.notify.settings import NotifySettings
from shared.clock import SharedClock
from shared.settings import Settings


class StandIns:
    """All of them; `pending` counts receipts, messages and notifications that they have not delivered yet."""

    def __init__(self, options: Options, settings: Settings) -> None:
        clock = SharedClock(settings.clock_file)
        callback = f"{options.url}/{mount_of('notify')}/v1/receipts/email"
        relay = NotifySettings.of(settings).smtp
        self.mailbox = Mailbox(options.smtp_port, callback, relay.callback_secret.get_secret_value())
        self.hospital = Hospital(options.his_port, options.mllp_port, clock)
        keys = PaymentSettings.of(settings).payments["wechat"]
        self.wechat = Platform(Account.of(options.data_dir, keys.api_v3_key.get_secret_value()), clock)

    @property
    def all(self) -> tuple[Mailbox, Hospital, Platform]:
        """Return each of them."""
        return self.mailbox, self.hospital, self.wechat

    @property
    def pending(self) -> int:
        """Return the number of what is not delivered yet."""
        return sum(each.pending for each in self.all)

    def routes(self) -> list[APIRouter]:
        """Return their pages and interfaces at the gateway."""
        return [self.mailbox.routes(), wechat_routes(self.wechat, WECHAT)]

    async def start(self) -> None:
        """Start to listen."""
        await self.mailbox.start()
        await self.hospital.start()

    async def stop(self) -> None:
        """Stop listening and delivering."""
        for each in self.all:
            await each.stop()
