"""What notify remembers of one recipient."""

from datetime import datetime
from typing import Any, Literal

from shared.contracts.base import Part, Personal, changed
from shared.contracts.contacts import Purpose
from shared.contracts.notify import Link, StandingLearned

Status = Literal["waiting", "claimed", "started", "sent", "failed", "unknown", "suppressed", "delivered", "bounced"]


class Message(Part):
    """One message; when it is over, `values` and `link` are dropped and the stub stays.

    `address` is where an attempt goes that was claimed and has not started.
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
    """How somebody can be reached, as one record of theirs says."""

    email: Personal[str] = None
    language: Personal[str] = None
    name: Personal[str] = None


class Shared(Reach):
    """The word of another record, given when the registry was at `version`."""

    version: int


class Recipient(Part):
    """How somebody can be reached, what they allow, and their messages.

    `email`, `language`, `name` are of this record, `others` of the human's other ones. `standing` is what the registry
    says of the human. `consents` (said at `consented`) and `died` are from before it did.
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
        """This record's own word."""
        return Reach(email=self.email, language=self.language, name=self.name)

    @property
    def best(self) -> Reach:
        """What reaches the human: this record's word, and what it lacks from the others that are of it now."""
        members = self.standing.human.members if self.standing else ()
        known = [self.reach, *(self.others[member] for member in members if member in self.others)]
        first = {name: next((v for one in known if (v := getattr(one, name))), None) for name in Reach.model_fields}
        return Reach(**first)

    @property
    def dead(self) -> bool:
        """Whether the human is; what was known before the registry told of deaths holds until it does."""
        if self.standing is None or (self.died and self.standing.death_said is None):
            return self.died
        return self.standing.dead

    def word(self, purpose: Purpose) -> bool | None:
        """What the human said of a purpose: the registry's answer, or what was heard later from before it answered."""
        told = self.standing.consents.get(purpose) if self.standing else None
        own = self.consents.get(purpose)
        if told is None or self.standing is None or own is None:
            return own if told is None else told
        return own if self.consented[purpose] > self.standing.consented[purpose] else told

    def with_message(self, id: str, message: Message) -> "Recipient":
        """This recipient with one message changed."""
        return changed(self, messages={**self.messages, id: message})
