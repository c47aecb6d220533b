"""Published by contacts: what applies to a human under all records (death, consents), and the reports per record."""

from datetime import date
from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.base import Event, Part
from shared.contracts.contacts import Human, Purpose, RegistryEvent


class DeathNoted(RegistryEvent):
    """A death was reported under this record (`since`, if known), or withdrawn."""

    wire: ClassVar[str] = "careloop.contacts.death_noted.v1"

    person_id: str
    dead: bool
    since: AwareDatetime | date | None = None


class ConsentNoted(RegistryEvent):
    """A consent to messages of a purpose, or a refusal, under this record."""

    wire: ClassVar[str] = "careloop.contacts.consent_noted.v1"

    person_id: str
    purpose: Purpose
    granted: bool


class Standing(Part):
    """What applies to one human; fields: see `StandingChanged`."""

    human: Human
    dead: bool = False
    dead_since: AwareDatetime | date | None = None
    death_said: AwareDatetime | None = None
    consents: dict[Purpose, bool] = {}
    consented: dict[Purpose, AwareDatetime] = {}


class StandingChanged(Standing, RegistryEvent):
    """What applies to all records of one human: the records, whether they are dead, their consents.

    `consents`: effective consent per purpose; a refusal under any record counts until the human consents after the
    merge. `consented`: when each was given. `death_said`: when a death was last reported or withdrawn. `dead_since` may
    be None though `dead`.
    """

    wire: ClassVar[str] = "careloop.contacts.standing_changed.v1"


class PersonStandingChanged(Standing, Event):
    """`StandingChanged` for one record, beside its facts: consumers keep the highest `human.version`."""

    wire: ClassVar[str] = "careloop.contacts.person_standing_changed.v1"

    person_id: str
