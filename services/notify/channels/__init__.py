"""The channels: one module each, with the same `send`."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A rendered message. `provider_id`: our id for it; channels that can transmit it do so."""

    provider_id: str
    address: str
    subject: str
    body: str
    language: str


class SendFailed(Exception):
    """The provider refused. `permanent`: do not retry. `unknown`: the message may have been sent nevertheless."""

    def __init__(self, reason: str, permanent: bool = False, unknown: bool = False) -> None:
        super().__init__(reason)
        self.permanent, self.unknown = permanent, unknown


class Channel(Protocol):
    """Sends one message and returns the provider's id of it. Raises `SendFailed`."""

    async def send(self, message: Outgoing) -> str:
        """Send it."""
