"""Response models of notify's routes."""

from pydantic import AwareDatetime

from services.notify.projections import MessageStatus
from shared.answers import Answer
from shared.contracts.contacts import Purpose


class Message(Answer):
    """A message and its status, without its text. `person_id`: whom it concerns.

    `reason`: slug why it was deferred, suppressed, failed or bounced; `definition`: the definition that deferred it.
    `settled_by`: who found out what became of an attempt whose result was unknown.
    """

    message_id: str
    recipient_id: str
    person_id: str | None
    staff_id: str | None
    purpose: Purpose
    template: str
    about: str
    valid_until: AwareDatetime
    status: MessageStatus
    attempts: int
    requested: AwareDatetime
    changed: AwareDatetime
    reason: str | None = None
    until: AwareDatetime | None = None
    definition: str | None = None
    channel: str | None = None
    language: str | None = None
    provider_id: str | None = None
    settled_by: str | None = None
