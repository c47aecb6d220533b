"""Check that a patient number belongs to a person, before anything is requested for the person by that number."""

from collections.abc import Sequence
from typing import Protocol

from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.formats.definitions import site_of
from services.his_adapter.formats.settings import FormatSettings
from shared.host.deps import Deps
from shared.humans import Records, records_of
from shared.people import PEOPLE, sooner_or_later
from shared.problems import Problem

NUMBER = ("number-foreign", "people-behind")
"""Slugs of the problems of `records_with`, without the one for an unknown person."""


def number_key(deps: Deps, kind: str, authority: str, number: str) -> str:
    """Return the HMAC of a patient number: `kind` of table 0203, assigning authority, number."""
    site = site_of(deps.definitions.snapshot, FormatSettings.of(deps.settings).mllp.site)
    return Naming(deps.settings.keys.site_key, site).number(kind, authority, number).key


class Numbered(Protocol):
    """A patient number with its type and assigning authority."""

    @property
    def number(self) -> str | None:
        """Return the number."""

    @property
    def kind(self) -> str:
        """Return its type (table 0203)."""

    @property
    def authority(self) -> str:
        """Return its assigning authority."""


async def has_number(deps: Deps, records: Sequence[str], number: str) -> bool:
    """Whether the hospital reported a number (its HMAC) for any of these records. Raises 503 as `known_person`."""
    where = {"_id": {"$in": list(records)}, "numbers": number}
    return bool(await sooner_or_later(deps, lambda: deps.database[PEOPLE.collection].find_one(where)))


async def records_with(deps: Deps, person_id: str, who: Numbered, field: str) -> Records:
    """Return the records of a human, after checking that the hospital sent the number for one of them.

    `field` is the name of the number's field, for the error. Raises a 404 problem for an unknown person, 422 for an
    unknown number or one of another person.
    """
    number = who.number or ""
    records = await records_of(deps, person_id)
    if not await has_number(deps, records.members, number_key(deps, who.kind, who.authority, number)):
        detail = f"`{field}`: {number} is no number that the hospital told of person {person_id}"
        wrong = [{"field": field, "problem": "is another person's, or nobody's"}]
        raise Problem(422, "number-foreign", detail, errors=wrong, person_id=person_id, number=number)
    return records
