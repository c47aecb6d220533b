"""Published by contacts: what holds for a human whichever record it was said under, and what was said under each."""

from datetime import date
from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.base import Event, Part
from shared.contracts.contacts import Human, Purpose, RegistryEvent


class DeathNoted(RegistryEvent):
    """Under this record somebody was told to be dead (`since`, where it was said), or not after all."""

    wire: ClassVar[str] = "careloop.contacts.death_noted.v1"

    person_id: str
    dead: bool
    since: AwareDatetime | date | None = None


class ConsentNoted(RegistryEvent):
    """Under this record a human allowed or forbade messages of a purpose."""

    wire: ClassVar[str] = "careloop.contacts.consent_noted.v1"

    person_id: str
    purpose: Purpose
    granted: bool


class Standing(Part):
    """What holds for one human; `StandingChanged` says what each field means."""

    human: Human
    dead: bool = False
    dead_since: AwareDatetime | date | None = None
    death_said: AwareDatetime | None = None
    consents: dict[Purpose, bool] = {}
    consented: dict[Purpose, AwareDatetime] = {}


class StandingChanged(Standing, RegistryEvent):
    """What holds for all records of one human: who they are, whether they live, what they allow.

    `consents` is the human's effective word per purpose: a refusal told under any record stands until the human says
    otherwise after the merge. `consented` is when each was said, `death_said` when it was last said that they died or
    live. `dead_since` may be None though `dead`.
    """

    wire: ClassVar[str] = "careloop.contacts.standing_changed.v1"


class PersonStandingChanged(Standing, Event):
    """`StandingChanged` for one record, beside its facts: readers keep what has the highest `human.version`."""

    wire: ClassVar[str] = "careloop.contacts.person_standing_changed.v1"

    person_id: str
