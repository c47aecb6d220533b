"""What the hospital says a patient's charges cost: its bill as it is now, else what it told of them before."""

from collections.abc import Iterator, Sequence

from services.his_adapter.belonging import number_key
from services.his_adapter.definitions import site_of
from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.formats.hl7.client import NotAnswered
from services.his_adapter.formats.hl7.message import Broken
from services.his_adapter.payments.charges import Meanings, disagreement, holds
from services.his_adapter.payments.definitions import Provider
from services.his_adapter.payments.projections import COLLECTION
from services.his_adapter.requests.client import Hospital, Unanswerable
from services.his_adapter.requests.domain import taker
from shared.contracts.his_adapter import ChargePosted
from shared.contracts.his_payments import Order
from shared.contracts.his_requests import BillLine, Subject
from shared.host.deps import Deps
from shared.opening import opened
from shared.problems import Problem


async def check_charges(deps: Deps, hospital: Hospital, order: Order, records: Sequence[str]) -> None:
    """Returns for an order whose charges cost what it asks. Raises a 409, 422 or 504 problem with the numbers."""
    provider = deps.definitions.snapshot.find(Provider, order.provider)
    if not order.charges or provider is None or provider.charges == "unchecked":
        return
    if order.subject is None or order.subject.number is None:
        raise Problem(422, "subject-missing", "`subject.number` is missing: `charges` are those of a patient")
    held = await _held(deps, records)
    bill, same = await _bill(deps, hospital, order.subject, [*order.charges, *held])
    if wrong := disagreement(order.charges, order.amount, order.currency, bill, held, same):
        status = 409 if wrong.slug == "charge-taken" else 422
        raise Problem(status, wrong.slug, wrong.detail, errors=[{"field": wrong.field, "problem": wrong.detail}])


async def _bill(
    deps: Deps, hospital: Hospital, subject: Subject, names: Sequence[str]
) -> tuple[list[BillLine], Meanings]:
    """The lines of a patient's charges, and which of these `names` mean the same charge."""
    endpoint = taker(deps.definitions.snapshot, "bill")
    if endpoint is None:
        return await _told(deps, subject, names)
    try:
        return await hospital.bill(endpoint, subject), {}
    except (NotAnswered, Broken, Unanswerable) as error:
        reason = getattr(error, "reason", "answer-unreadable")
        raise Problem(504, reason, f"{endpoint.title or endpoint.id}: {error}", {"retry-after": "10"}) from error


async def _told(deps: Deps, subject: Subject, names: Sequence[str]) -> tuple[list[BillLine], Meanings]:
    """The newest of each charge that was posted to the patient, as far as their file goes back."""
    key = number_key(deps, subject.kind, subject.authority, subject.number or "")
    row = await deps.database["files"].find_one({"_id": key})
    things = (row or {"things": {}})["things"]
    posted = [each for slot, each in things.items() if slot.endswith(f" {ChargePosted.__name__}")]
    site = site_of(deps.definitions.snapshot, deps.settings.mllp.site)
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


async def _held(deps: Deps, records: Sequence[str]) -> dict[str, str]:
    """The charges that payments of this human are for, and which."""
    rows = deps.database[COLLECTION].find({"person_id": {"$in": list(records)}})
    orders = {row["_id"]: row["asked_as"]["data"]["order"] async for row in rows if holds(row)}
    return {each: id for id, order in orders.items() for each in order.get("charges", ())}
