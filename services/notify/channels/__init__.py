"""How a message leaves: one module per channel, each with the same `send`."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A rendered message. `provider_id` is our name for it; channels that can hand it on, do."""

    provider_id: str
    address: str
    subject: str
    body: str
    language: str


class SendFailed(Exception):
    """The provider said no. `permanent`: never try again. `unknown`: it may have gone out all the same."""

    def __init__(self, reason: str, permanent: bool = False, unknown: bool = False) -> None:
        super().__init__(reason)
        self.permanent, self.unknown = permanent, unknown


class Channel(Protocol):
    """Sends one message; returns the provider's id for it. Raises `SendFailed`."""

    async def send(self, message: Outgoing) -> str:
        """Send it."""
