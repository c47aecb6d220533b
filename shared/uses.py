"""Groups of settings that only some roles need: which roles get them, and which security faults they may have.

A service declares its own beside its settings; `Service.uses` assigns them to roles.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from shared.host.hops import beyond, plain
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Fault:
    """A sentence; `hop`: the value of CARELOOP_ALLOW_PLAIN that accepts it, "" if none does."""

    says: str
    hop: str = ""

    @property
    def with_way_out(self) -> str:
        """The sentence, with the setting that accepts the fault if there is one."""
        out = f', or CARELOOP_ALLOW_PLAIN=["{self.hop}"] where a mesh or a tunnel protects it'
        return f"{self.says}{out if self.hop else ''}"


def _none(settings: Settings) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class Use:
    """A group of settings that only some roles need.

    `withheld`: names (without CARELOOP_) that no other role gets. `reaches`: hosts that it connects to or listens on.
    `weak`: faults of its secrets, counted if any connection leaves this machine. `faults`: faults of its connections.
    """

    name: str
    withheld: tuple[str, ...] = ()
    reaches: Callable[[Settings], Iterable[str]] = _none
    weak: Callable[[Settings], Iterable[str]] = _none
    faults: Callable[[Settings], Iterable[Fault]] = _none


def open_pages(settings: Settings) -> Iterable[str]:
    """Faults of the URL at which patients and payment platforms reach our pages."""
    url = settings.hospital.public_url
    if plain(url) or (beyond(settings.http_host) and not url.startswith("https://")):
        yield f"CARELOOP_HOSPITAL__PUBLIC_URL is {url}: patients and platforms reach us by https"
