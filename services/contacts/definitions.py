"""Definitions contacts owns: the staff directory and whom a role may read, which everybody reads (`shared/contracts/`).

And how this hospital's people are told apart.
"""

from typing import ClassVar

from pydantic import Field

from shared.definitions import Definition

MOST_PEOPLE = 1000


class Identity(Definition):
    """How people are told apart here: one definition, `identity/default`.

    `region` (ISO 3166) is where a phone without a country code rings, `area_code` (`010`) where one without an area
    code does. `nobody` are words, numbers and days of this hospital's that stand where nothing is known.
    A phone or address given for more than `most_people` stops identifying anybody.
    """

    kind: ClassVar[str] = "identity"
    owner: ClassVar[str] = "contacts"

    region: str = Field("CN", pattern=r"^[A-Z]{2}$")
    area_code: str = Field("", pattern=r"^0?\d{0,5}$")
    nobody: tuple[str, ...] = ()
    most_people: int = Field(20, ge=2, le=MOST_PEOPLE)
