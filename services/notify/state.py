"""The state of one recipient in notify."""

from datetime import datetime
from typing import Any, Literal

from shared.contracts.base import Part, Personal, changed
from shared.contracts.contacts import Purpose
from shared.contracts.notify import Link, StandingLearned

Status = Literal["waiting", "claimed", "started", "sent", "failed", "unknown", "suppressed", "delivered", "bounced"]


class Message(Part):
    """One message; `values` and `link` are dropped when it is over, the rest stays.

    `address`: where an assigned attempt goes that was not started yet.
    """

    purpose: Purpose
    template: str
    valid_until: datetime
    status: Status = "waiting"
    attempt: int = 0
    timer: int = 0
    sender: str = ""
    staff_id: str | None = None
    address: Personal[str] = None
    link: Link | None = None
    values: Personal[dict[str, Any]] = None


class Reach(Part):
    """Contact details of one record."""

    email: Personal[str] = None
    language: Personal[str] = None
    name: Personal[str] = None


class Shared(Reach):
    """Contact details of another record, shared when the registry was at `version`."""

    version: int


class Recipient(Part):
    """Contact details, consents and messages of one recipient.

    `email`, `language`, `name`: of this record; `others`: of the human's other records. `standing`: from the registry.
    `consents` (given at `consented`) and `died`: from events before the registry published standings.
    """

    email: Personal[str] = None
    language: Personal[str] = None
    name: Personal[str] = None
    others: dict[str, Shared] = {}
    standing: StandingLearned | None = None
    consents: dict[Purpose, bool] = {}
    consented: dict[Purpose, datetime] = {}
    died: bool = False
    messages: dict[str, Message] = {}

    @property
    def reach(self) -> Reach:
        """This record's own contact details."""
        return Reach(email=self.email, language=self.language, name=self.name)

    @property
    def best(self) -> Reach:
        """This record's contact details; missing ones come from the other records of the human."""
        members = self.standing.human.members if self.standing else ()
        candidates = [self.reach, *(self.others[member] for member in members if member in self.others)]
        details = {
            name: next((value for reach in candidates if (value := getattr(reach, name))), None)
            for name in Reach.model_fields
        }
        return Reach(**details)

    @property
    def dead(self) -> bool:
        """Whether the human is dead: from the registry, or from older events if the registry has no report yet."""
        if self.standing is None or (self.died and self.standing.death_said is None):
            return self.died
        return self.standing.dead

    def consent_for(self, purpose: Purpose) -> bool | None:
        """The consent for a purpose: from the registry, or from this record's own events if newer; None if unknown."""
        standing_consent = self.standing.consents.get(purpose) if self.standing else None
        own_consent = self.consents.get(purpose)
        if standing_consent is None or self.standing is None or own_consent is None:
            return own_consent if standing_consent is None else standing_consent
        return own_consent if self.consented[purpose] > self.standing.consented[purpose] else standing_consent

    def with_message(self, id: str, message: Message) -> "Recipient":
        """This recipient with one message replaced."""
        return changed(self, messages={**self.messages, id: message})
