"""The definition `identity`: how identifiers of this hospital are read.

contacts also owns the staff directory and the read permissions of roles, which all services read; these definitions are
in `shared/contracts/`.
"""

from typing import ClassVar

from pydantic import Field

from shared.definitions import Definition

MAX_PEOPLE = 1000


class Identity(Definition):
    """How identifiers are read and compared: one definition, `identity/default`.

    `region` (ISO 3166): country of phone numbers without a country code; `area_code` (`010`): of those without an area
    code. `nobody`: names, numbers and dates that this hospital uses as placeholders for an unknown value. A phone or
    email of more than `most_people` persons is no longer used to identify anybody. On a phone of more than `family`
    people no merge is made or proposed. From the age of `adult_years` on a person is an adult; only adults are joined
    with a caller by a phone alone.
    """

    kind: ClassVar[str] = "identity"
    owner: ClassVar[str] = "contacts"

    region: str = Field("CN", pattern=r"^[A-Z]{2}$")
    area_code: str = Field("", pattern=r"^0?\d{0,5}$")
    nobody: tuple[str, ...] = ()
    most_people: int = Field(20, ge=2, le=MAX_PEOPLE)
    family: int = Field(5, ge=2, le=MAX_PEOPLE)
    adult_years: int = Field(18, ge=1, le=150)
