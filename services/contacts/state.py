"""What a person's decider remembers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self, cast

from pydantic import Field

from services.contacts.before_claims import Doubt
from services.contacts.heard import Heard, knows
from shared.contracts.base import Part, changed
from shared.contracts.contacts import Claim, Purpose
from shared.contracts.contacts_access import Relation
from shared.contracts.contacts_standing import PersonStandingChanged
from shared.contracts.facts import Details
from shared.decider import Parted


class Person(Parted):
    """`details` are what the hospital says or staff confirmed, `claims` what callers and forms say.

    `clocks` are when each of the details was said last (`Clocks`): an older word does not overwrite a newer one.
    `details_at` is the time of the last change of them.
    `mistaken` are details that were told, and were only claimed (`before_claims`): the next event takes them back.
    `consents` is what was said under this record, `standing` what the registry makes of all records of the human.
    `relations` is what ties staff to them, `reviews` who broke the glass by the review that waits.
    `heard` are the digests of all that was recorded; `unnamed`: also of facts that did not name their input.
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
        """Whether an input was recorded."""
        return knows(self.heard, self.heard_more, digest)

    def parts(self) -> Mapping[str, Any]:
        """What was recorded, where it is much."""
        return self.heard_more

    @staticmethod
    def stored(part: Any) -> Part:
        """One text of digests."""
        return Heard(digests=part)

    def joined(self, parts: Mapping[str, Part]) -> Self:
        """With the digests put back."""
        return changed(self, heard_more={at: cast("Heard", part).digests for at, part in parts.items()})
