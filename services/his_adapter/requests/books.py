"""The hospital's books, as payments ask them: its bill as it is now, else what it told of charges before."""

from collections.abc import Iterator, Mapping, Sequence

from services.his_adapter.belonging import number_key, records_with
from services.his_adapter.definitions import site_of
from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.formats.hl7.client import NotAnswered
from services.his_adapter.formats.hl7.message import Broken
from services.his_adapter.requests.client import Hospital, Unanswerable
from services.his_adapter.requests.domain import taker
from services.his_adapter.settings import HisSettings
from shared.contracts.his_adapter import ChargePosted
from shared.contracts.his_requests import BillLine, Subject
from shared.host.deps import Deps
from shared.humans import Records, records_of
from shared.opening import opened
from shared.problems import Problem

Meanings = Mapping[str, frozenset[str]]
"""What names of charges mean: a charge may be named in two ways."""


class HospitalBooks:
    """`Books` of payments, by the requests that hospital systems answer and the charges that they told."""

    def __init__(self, deps: Deps) -> None:
        self._deps, self._hospital = deps, Hospital(deps)

    async def records(self, person_id: str, subject: Subject | None) -> Records:
        """The records of a human, once the number in `subject` is theirs. Raises a 404 or 422 problem."""
        if subject is None or subject.number is None:
            return await records_of(self._deps, person_id)
        return await records_with(self._deps, person_id, subject, "subject.number")

    async def costs(self, subject: Subject, names: Sequence[str]) -> tuple[list[BillLine], Meanings]:
        """The lines of a patient's charges, and which of these `names` mean the same charge."""
        endpoint = taker(self._deps.definitions.snapshot, "bill")
        if endpoint is None:
            return await _told(self._deps, subject, names)
        try:
            return await self._hospital.bill(endpoint, subject), {}
        except (NotAnswered, Broken, Unanswerable) as error:
            reason = getattr(error, "reason", "answer-unreadable")
            raise Problem(504, reason, f"{endpoint.title or endpoint.id}: {error}", {"retry-after": "10"}) from error


async def _told(deps: Deps, subject: Subject, names: Sequence[str]) -> tuple[list[BillLine], Meanings]:
    """The newest of each charge that was posted to the patient, as far as their file goes back."""
    key = number_key(deps, subject.kind, subject.authority, subject.number or "")
    row = await deps.database["files"].find_one({"_id": key})
    things = (row or {"things": {}})["things"]
    posted = [each for each in things.values() if each["event"]["type"] == ChargePosted.wire]
    site = site_of(deps.definitions.snapshot, HisSettings.of(deps.settings).mllp.site)
    facts = [envelope.data for envelope in await opened(deps.codec, posted)]
    naming = Naming(deps.settings.keys.site_key, site)
    return list(posted_lines(facts, names, naming)), meanings(facts, names, naming)


def posted_lines(facts: Sequence[ChargePosted], charges: Sequence[str], naming: Naming) -> Iterator[BillLine]:
    """What was posted of charges that are named by the hospital's number, or by the id that the 360 shows."""
    for fact in facts:
        for charge in charges:
            if _means(charge, fact, naming):
                yield BillLine(charge=charge, amount=fact.amount, currency=fact.currency)


def meanings(facts: Sequence[ChargePosted], names: Sequence[str], naming: Naming) -> Meanings:
    """What each name means of what was posted: a charge may be named in two ways."""
    return {name: frozenset(fact.charge_id for fact in facts if _means(name, fact, naming)) for name in names}


def _means(name: str, fact: ChargePosted, naming: Naming) -> bool:
    return fact.charge_id in (name, naming.key("charge", fact.patient_key, name, fact.what.code or ""))
