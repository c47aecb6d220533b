"""Compare a requested payment with the hospital's bill for its charges."""

from collections.abc import Sequence

from services.his_adapter.payments.books import Books
from services.his_adapter.payments.charges import disagreement, holds
from services.his_adapter.payments.definitions import Provider
from services.his_adapter.payments.projections import COLLECTION
from shared.contracts.his_payments import PaymentOrder
from shared.host.deps import Deps
from shared.problems import Problem


async def check_charges(deps: Deps, books: Books, id: str, order: PaymentOrder, records: Sequence[str]) -> None:
    """Return if the charges of order `id` cost its amount. Raises a 409, 422 or 504 problem with the numbers.

    `records`: the person ids of the human's records. A repeated request is not checked again: it would find
    its own charges taken.
    """
    provider = deps.definitions.snapshot.find(Provider, order.provider)
    if not order.charges or provider is None or provider.charges == "unchecked":
        return
    if order.subject is None or order.subject.number is None:
        raise Problem(422, "subject-missing", "`subject.number` is missing: `charges` are those of a patient")
    if await deps.database[COLLECTION].find_one({"_id": id}, {"_id": 1}):
        return
    held = await _held(deps, records)
    bill, same = await books.costs(order.subject, [*order.charges, *held])
    if wrong := disagreement(order.charges, order.amount, order.currency, bill, held, same):
        status = 409 if wrong.slug == "charge-taken" else 422
        raise Problem(status, wrong.slug, wrong.detail, errors=[{"field": wrong.field, "problem": wrong.detail}])


async def _held(deps: Deps, records: Sequence[str]) -> dict[str, str]:
    """Charge → id of the payment that occupies it, for all payments of this human."""
    rows = deps.database[COLLECTION].find({"person_id": {"$in": list(records)}})
    orders = {row["_id"]: row["asked_as"]["data"]["order"] async for row in rows if holds(row)}
    return {charge: id for id, order in orders.items() for charge in order.get("charges", ())}
