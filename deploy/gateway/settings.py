"""Settings of the gateway as a process of its own."""

from typing import ClassVar

from shared.settings import Settings
from shared.settings_group import Group


class Gateway(Group):
    """`address`: where the processes answer, `{process}` stands for `contacts-api`, `his-adapter-intake`, `console` ….

    `hosts`: by which names it is asked besides this machine's and that of CARELOOP_HOSPITAL__PUBLIC_URL (a JSON list).
    `patients`: pass on only what is signed (pages for patients, notifications of platforms), nothing for staff.
    """

    address: str = "https://{process}:8080"
    hosts: tuple[str, ...] = ()
    patients: bool = False

    def url_of(self, process: str) -> str:
        """The address of a process."""
        return self.address.replace("{process}", process)


class GatewaySettings(Settings):
    """Common settings and those of the gateway."""

    every_hop: ClassVar[bool] = False
    gateway: Gateway = Gateway()
