"""Check that a payment for hospital charges has the amount of these charges. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

from shared.contracts.his_requests import BillLine

Meanings = Mapping[str, frozenset[str]]
"""Name of a charge → its meanings. A charge may have two names: names that share a meaning are the same charge."""


class Disagreement(NamedTuple):
    """Why a payment is refused: the field of the request, a slug, a sentence with the numbers."""

    field: str
    slug: str
    detail: str


def disagreement(
    charges: Sequence[str],
    amount: Decimal,
    currency: str,
    bill: Iterable[BillLine],
    held: Mapping[str, str],
    same: Meanings = MappingProxyType({}),
) -> Disagreement | None:
    """Check a request for `amount` (in `currency`) to pay `charges`; None if the charges cost exactly that.

    `bill`: the hospital's lines for the patient; a charge may have several, credits are negative. `held`: charge → id
    of the payment that was requested or made for it. `same`: which names mean the same charge.
    """
    pairs = combinations(charges, 2)
    if twice := sorted({charge for pair in pairs if _same_charge(*pair, same) for charge in pair}):
        return Disagreement("charges", "charge-twice", f"`charges` names {', '.join(twice)} more than once")
    if taken := {charge: id for charge in charges for other, id in held.items() if _same_charge(charge, other, same)}:
        which = ", ".join(f"{charge} (payment {taken[charge]})" for charge in sorted(taken))
        return Disagreement("charges", "charge-taken", f"`charges`: {which} is asked for or paid already")
    lines = [line for line in bill if line.charge in charges]
    if strange := sorted(set(charges) - {line.charge for line in lines}):
        detail = f"`charges`: the hospital system tells of no charge {', '.join(strange)} of this patient"
        return Disagreement("charges", "charge-unknown", detail)
    if foreign := sorted({line.currency for line in lines} - {currency}):
        detail = f"`charges`: they are in {', '.join(foreign)}, not {currency}"
        return Disagreement("charges", "charge-currency", detail)
    due = sum((line.amount for line in lines), Decimal(0))
    if due != amount:
        detail = f"`amount`: {amount} {currency} is asked, {', '.join(charges)} come to {due} {currency}"
        return Disagreement("amount", "charges-differ", detail)
    return None


def _same_charge(name: str, other: str, same: Meanings) -> bool:
    return name == other or not same.get(name, frozenset()).isdisjoint(same.get(other, ()))


def holds(row: Mapping[str, object]) -> bool:
    """Whether a payment (its read model document) still occupies its charges: not closed and not refunded in full."""
    if row["status"] in ("closed", "stray"):
        return False
    refunds: Mapping[str, Mapping[str, str]] = row.get("refunds", {})  # type: ignore[assignment]
    made = [Decimal(refund.get("amount", "0")) for refund in refunds.values() if refund["status"] == "made"]
    return sum(made, Decimal(0)) < Decimal(str(row["amount"]))
