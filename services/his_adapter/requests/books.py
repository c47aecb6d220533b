"""Charges of a patient for payments: from the hospital's bill if an endpoint takes `bill`, else from stored events."""

from collections.abc import Iterator, Mapping, Sequence

from services.his_adapter.facts.belonging import number_key, records_with
from services.his_adapter.facts.files import facts_of
from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.formats.definitions import site_of
from services.his_adapter.formats.hl7.client import NotAnswered
from services.his_adapter.formats.hl7.message import Broken
from services.his_adapter.formats.settings import FormatSettings
from services.his_adapter.requests.client import UNANSWERED, HospitalClient, Unanswerable
from services.his_adapter.requests.domain import taker
from shared.contracts.his_adapter import ChargePosted
from shared.contracts.his_asks import Subject
from shared.contracts.his_requests import BillLine
from shared.host.deps import Deps
from shared.humans import Records, records_of
from shared.problems import Problem

Meanings = Mapping[str, frozenset[str]]
"""Charge name → ids of the charges it refers to (a name is the hospital's number or the id shown in the 360)."""


class HospitalBooks:
    """`Books` of payments, read from the hospital systems and from stored `ChargePosted` events."""

    unanswered: tuple[str, ...] = UNANSWERED

    def __init__(self, deps: Deps) -> None:
        self._deps, self._hospital = deps, HospitalClient(deps)

    async def records(self, person_id: str, subject: Subject | None) -> Records:
        """Return the records of a human, after checking that the number in `subject` is theirs.

        Raises a 404 or 422 problem.
        """
        if subject is None or subject.number is None:
            return await records_of(self._deps, person_id)
        return await records_with(self._deps, person_id, subject, "subject.number")

    async def costs(self, subject: Subject, names: Sequence[str]) -> tuple[list[BillLine], Meanings]:
        """Return a patient's bill lines and the meanings of `names`. Raises a 504 problem without an answer."""
        endpoint = taker(self._deps.definitions.snapshot, "bill")
        if endpoint is None:
            return await _posted(self._deps, subject, names)
        try:
            return await self._hospital.bill(endpoint, subject), {}
        except (NotAnswered, Broken, Unanswerable) as error:
            reason = getattr(error, "reason", "answer-unreadable")
            raise Problem(504, reason, f"{endpoint.title or endpoint.id}: {error}", {"retry-after": "10"}) from error


async def _posted(deps: Deps, subject: Subject, names: Sequence[str]) -> tuple[list[BillLine], Meanings]:
    """Return a line for each posted charge in the patient's file that `names` refer to, and the meanings of `names`."""
    key = number_key(deps, subject.kind, subject.authority, subject.number or "")
    facts = await facts_of(deps, key, ChargePosted) or []
    site = site_of(deps.definitions.snapshot, FormatSettings.of(deps.settings).mllp.site)
    naming = Naming(deps.settings.keys.site_key, site)
    return list(posted_lines(facts, names, naming)), meanings(facts, names, naming)


def posted_lines(facts: Sequence[ChargePosted], charges: Sequence[str], naming: Naming) -> Iterator[BillLine]:
    """Yield a line for each posted charge that one of `charges` refers to."""
    for fact in facts:
        for charge in charges:
            if _refers_to(charge, fact, naming):
                yield BillLine(charge=charge, amount=fact.amount, currency=fact.currency)


def meanings(facts: Sequence[ChargePosted], names: Sequence[str], naming: Naming) -> Meanings:
    """Return the ids of the posted charges that each name refers to."""
    return {name: frozenset(fact.charge_id for fact in facts if _refers_to(name, fact, naming)) for name in names}


def _refers_to(name: str, fact: ChargePosted, naming: Naming) -> bool:
    return fact.charge_id in (name, naming.key("charge", fact.patient_key, name, fact.what.code or ""))
