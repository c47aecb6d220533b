"""Read the file of a patient: the newest fact about each thing, at most `projections.MAX_FACTS` of them."""

from typing import TypeVar

from services.his_adapter.facts.projections import FILES
from shared.contracts.his_adapter import PatientFact
from shared.host.deps import Deps
from shared.opening import opened

Facts = TypeVar("Facts", bound=PatientFact)


async def facts_of(deps: Deps, patient_key: str, kind: type[Facts]) -> list[Facts] | None:
    """Return the facts of a `kind` (`PatientFact`: all) in the file of a patient; None without a file."""
    file = await deps.database[FILES.collection].find_one({"_id": patient_key})
    if file is None:
        return None
    wires = {fact.wire for fact in FILES.types or () if issubclass(fact, kind)}
    things = [thing for thing in file["things"].values() if thing["event"]["type"] in wires]
    return [envelope.data for envelope in await opened(deps.codec, things)]
