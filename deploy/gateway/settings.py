"""Settings of the gateway as a process of its own."""

from typing import ClassVar

from deploy.addresses import Addresses
from shared.settings import Settings


class Gateway(Addresses):
    """`address`: where the services and the console answer.

    `hosts`: by which names it is asked besides this machine's and that of CARELOOP_HOSPITAL__PUBLIC_URL (a JSON list).
    `patients`: pass on only what is signed (pages for patients, notifications of platforms), nothing for staff.
    """

    hosts: tuple[str, ...] = ()
    patients: bool = False


class GatewaySettings(Settings):
    """Common settings and those of the gateway."""

    every_hop: ClassVar[bool] = False
    gateway: Gateway = Gateway()
