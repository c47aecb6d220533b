"""Groups of settings that only some roles need: who is given them, and what lies open through them.

A service declares its own beside its settings; `Service.uses` says which roles have them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from shared.host.hops import beyond, plain
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Fault:
    """A sentence; `hop` is what accepts it in CARELOOP_ALLOW_PLAIN, "" where nothing does."""

    says: str
    hop: str = ""

    @property
    def with_way_out(self) -> str:
        """The sentence, and the exception where there is one."""
        out = f', or CARELOOP_ALLOW_PLAIN=["{self.hop}"] where a mesh or a tunnel protects it'
        return f"{self.says}{out if self.hop else ''}"


def _none(settings: Settings) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class Use:
    """A group of settings that only some roles need.

    `withheld` are the names (without CARELOOP_) that no other role is given. `reaches` are the hosts it leads to, or
    listens on. `weak` are sentences on its secrets, counted where anything leaves this machine; `faults` are what is
    open on its hops.
    """

    name: str
    withheld: tuple[str, ...] = ()
    reaches: Callable[[Settings], Iterable[str]] = _none
    weak: Callable[[Settings], Iterable[str]] = _none
    faults: Callable[[Settings], Iterable[Fault]] = _none


def open_pages(settings: Settings) -> Iterable[str]:
    """What is wrong with the address at which patients and platforms reach our pages."""
    url = settings.hospital.public_url
    if plain(url) or (beyond(settings.http_host) and not url.startswith("https://")):
        yield f"CARELOOP_HOSPITAL__PUBLIC_URL is {url}: patients and platforms reach us by https"
