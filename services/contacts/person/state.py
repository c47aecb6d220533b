"""State of the person aggregate."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self, cast

from pydantic import Field

from services.contacts.identifying.input_digests import Heard, knows
from services.contacts.person.before_claims import Doubt
from shared.contracts.base import Part, changed
from shared.contracts.contacts import Claim, Purpose
from shared.contracts.contacts_access import Relation
from shared.contracts.contacts_standing import PersonStandingChanged
from shared.contracts.facts import Details
from shared.decider import Parted


class Person(Parted):
    """State of one person record.

    `details`: reported by the hospital or confirmed by staff. `claims`: said by callers and forms, unconfirmed.
    `clocks`: time of the newest message per field of the details, packed (`details.Clocks`); an older value does not
    overwrite a newer one. `details_at`: time of the last change of the details.
    `doubt`: details of the last event that may be claims; `mistaken`: details that turned out to be claims (both only
    in logs of versions without claims, see `before_claims.py`). The next details event removes the mistaken ones.
    `consents`: given under this record; `standing`: the registry's effective consents and death for all records of the
    human. `relations`: relations of staff to the person. `reviews`: open break-glass reviews → who broke the glass.
    `heard`, `heard_more`: digests of all recorded inputs (`identifying`). `unnamed`: some recorded facts had none.
    """

    registered: bool = False
    details: Details = Details()
    details_at: datetime | None = None
    clocks: str = ""
    claims: tuple[Claim, ...] = ()
    doubt: Doubt | None = None
    mistaken: tuple[str, ...] = ()
    consents: dict[Purpose, bool] = {}
    standing: PersonStandingChanged | None = None
    heard: str = ""
    heard_more: Mapping[str, str] = Field(default={}, exclude=True)
    unnamed: bool = False
    forgotten: bool = False
    relations: tuple[Relation, ...] = ()
    reviews: Mapping[str, str] = {}

    part: ClassVar[type[Part]] = Heard

    def knows(self, digest: str) -> bool:
        """Whether the input with this digest was recorded."""
        return knows(self.heard, self.heard_more, digest)

    def parts(self) -> Mapping[str, Any]:
        """The divided texts of digests, each stored as a separate part of the checkpoint."""
        return self.heard_more

    @staticmethod
    def stored(part: Any) -> Part:
        """One text of digests as a checkpoint stores it."""
        return Heard(digests=part)

    def joined(self, parts: Mapping[str, Part]) -> Self:
        """Restore the texts of digests from their checkpoint form."""
        return changed(self, heard_more={at: cast("Heard", part).digests for at, part in parts.items()})
