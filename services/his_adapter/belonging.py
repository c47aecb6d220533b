"""Whose a hospital number is: what is asked for a person under a number must be about that person."""

from typing import Protocol

from services.his_adapter.definitions import site_of
from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.settings import HisSettings
from shared.host.deps import Deps
from shared.humans import Records, records_of
from shared.people import has_number
from shared.problems import Problem

NUMBER = ("number-foreign", "people-behind")
"""The problems of `records_with`, beside that there is no such person."""


def number_key(deps: Deps, kind: str, authority: str, number: str) -> str:
    """What a patient's number is known by (its HMAC): type (table 0203), who gave it, and the number itself."""
    site = site_of(deps.definitions.snapshot, HisSettings.of(deps.settings).mllp.site)
    return Naming(deps.settings.keys.site_key, site).number(kind, authority, number).key


class Numbered(Protocol):
    """Somebody under a number of the hospital's."""

    @property
    def number(self) -> str | None:
        """The number itself."""

    @property
    def kind(self) -> str:
        """Its type (table 0203)."""

    @property
    def authority(self) -> str:
        """Who gave it."""


async def records_with(deps: Deps, person_id: str, who: Numbered, field: str) -> Records:
    """The records of a human, if the hospital told the number of one of them; `field` is where the caller wrote it.

    Raises a 404 problem for a person who does not exist, 422 for a number of somebody else, or of nobody.
    """
    number = who.number or ""
    records = await records_of(deps, person_id)
    if not await has_number(deps, records.members, number_key(deps, who.kind, who.authority, number)):
        detail = f"`{field}`: {number} is no number that the hospital told of person {person_id}"
        wrong = [{"field": field, "problem": "is another person's, or nobody's"}]
        raise Problem(422, "number-foreign", detail, errors=wrong, person_id=person_id, number=number)
    return records
