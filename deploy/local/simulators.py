"""The simulators of a local system: the hospital's HL7 system, the mail relay, the payment platform.

Each plays the system that one service talks to, and is built from that service's settings and address.
"""

from fastapi import APIRouter

from deploy.catalogue import mount_of
from deploy.local.options import WECHAT, Options
from deploy.simulators.hospital.server import SimulatedHospital
from deploy.simulators.mailbox import Mailbox
from deploy.simulators.wechat.account import Account
from deploy.simulators.wechat.platform import Platform
from deploy.simulators.wechat.routes import routes as wechat_routes
from services.his_adapter.payments.settings import PaymentSettings
from services.notify.settings import NotifySettings
from shared.clock import SharedClock
from shared.settings import Settings


class LocalSimulators:
    """Builds, starts and stops all simulators of one `careloop up`."""

    def __init__(self, options: Options, settings: Settings) -> None:
        clock = SharedClock(settings.clock_file)
        callback = f"{options.url}/{mount_of('notify')}/v1/receipts/email"
        relay = NotifySettings.of(settings).smtp
        self.mailbox = Mailbox(options.smtp_port, callback, relay.callback_secret.get_secret_value())
        self.hospital = SimulatedHospital(options.his_port, options.mllp_port, clock)
        keys = PaymentSettings.of(settings).payments["wechat"]
        self.wechat = Platform(Account.of(options.data_dir, keys.api_v3_key.get_secret_value()), clock)

    @property
    def all(self) -> tuple[Mailbox, SimulatedHospital, Platform]:
        """Return the mailbox, the hospital and the payment platform."""
        return self.mailbox, self.hospital, self.wechat

    @property
    def pending(self) -> int:
        """Return the number of receipts, HL7 messages and notifications that are not delivered yet."""
        return sum(each.pending for each in self.all)

    def routes(self) -> list[APIRouter]:
        """Return the routes that the gateway serves for them: pages of the mailbox, API of the payment platform."""
        return [self.mailbox.routes(), wechat_routes(self.wechat, WECHAT)]

    async def start(self) -> None:
        """Listen on the ports of the mailbox and the hospital."""
        await self.mailbox.start()
        await self.hospital.start()

    async def stop(self) -> None:
        """Stop listening and delivering."""
        for each in self.all:
            await each.stop()
