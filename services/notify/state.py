"""What notify remembers of one recipient."""

from datetime import datetime
from typing import Any, Literal

from shared.contracts.base import Part, Personal
from shared.contracts.contacts import Purpose
from shared.contracts.notify import Link

Status = Literal["waiting", "claimed", "started", "sent", "failed", "unknown", "suppressed", "delivered", "bounced"]


class Message(Part):
    """One message; when it is over, `values` and `link` are dropped and the stub stays."""

    purpose: Purpose
    template: str
    valid_until: datetime
    status: Status = "waiting"
    attempt: int = 0
    timer: int = 0
    sender: str = ""
    staff_id: str | None = None
    link: Link | None = None
    values: Personal[dict[str, Any]] = None


class Recipient(Part):
    """How somebody can be reached, what they allow, and their messages."""

    email: Personal[str] = None
    language: Personal[str] = None
    name: Personal[str] = None
    consents: dict[Purpose, bool] = {}
    died: bool = False
    messages: dict[str, Message] = {}

    def with_message(self, id: str, message: Message) -> "Recipient":
        """This recipient with one message changed."""
        return self.model_copy(update={"messages": {**self.messages, id: message}})
