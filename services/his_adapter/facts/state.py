"""State of one patient of one hospital system: what `decide` compares a fact with. Pure."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, cast

from pydantic import Field

from services.his_adapter.facts import clocks
from services.his_adapter.facts.clocks import Bucket, Clock, Hex, name_of
from shared.contracts.base import Part, changed
from shared.contracts.his_things import Thing
from shared.decider import Parted


class Patient(Parted):
    """State of one patient.

    `things`: buckets of version clocks (`clocks.py`). `details`: digests of the messages of the newest details.
    `unnumbered`: ids of visits without a visit number, newest last; `steps`: message digest → id of the visit without a
    number that the message was assigned to. `giver`: the FHIR server that reported this patient first.
    `first_servers`: name of a thing → another server that reported it first under its older id. `reborn` as in the
    facts: after an erasure it is encrypted with the patient's next data key.
    """

    part: ClassVar[type[Part]] = Bucket

    reborn: ClassVar[bool] = True

    things: Mapping[str, bytes] = Field(default={}, exclude=True)
    details: tuple[Hex, ...] = ()
    unnumbered: tuple[str, ...] = ()
    steps: Mapping[Hex, str] = {}
    giver: str = ""
    first_servers: Mapping[Hex, str] = Field({}, alias="tellers")

    def clock(self, patient_key: str, thing: Thing) -> Clock | None:
        """The version clock of a thing; None if no fact about it was published."""
        return clocks.find(self.things, name_of(patient_key, thing))

    def parts(self) -> Mapping[str, Any]:
        """The buckets of clocks, each stored as a separate part of the checkpoint."""
        return self.things

    @staticmethod
    def stored(part: Any) -> Part:
        """One bucket as a checkpoint stores it."""
        return clocks.stored(part)

    def joined(self, parts: Mapping[str, Part]) -> Self:
        """Restore the buckets from their checkpoint form."""
        things = {name: clocks.restored(cast("Bucket", part)) for name, part in parts.items()}
        return changed(self, things=things)
