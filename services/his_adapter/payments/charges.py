"""Whether a payment for charges asks for what they cost. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

from shared.contracts.his_requests import BillLine

Meanings = Mapping[str, frozenset[str]]
"""What names of charges mean, where one charge may have two: those that share something mean the same."""


class Disagreement(NamedTuple):
    """Why a payment must not be asked for: the field of the request, a slug, a sentence with the numbers."""

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
    """What is wrong with asking `amount` for `charges`; None where they cost just that.

    `bill` is what the hospital says of the patient: a charge may have several lines, credits are negative. `held` are
    charges that a payment of ours is for already, and which; `same` tells where two names mean one charge.
    """
    pairs = combinations(charges, 2)
    if twice := sorted({each for pair in pairs if _alike(*pair, same) for each in pair}):
        return Disagreement("charges", "charge-twice", f"`charges` names {', '.join(twice)} more than once")
    if taken := {charge: id for charge in charges for other, id in held.items() if _alike(charge, other, same)}:
        which = ", ".join(f"{charge} (payment {taken[charge]})" for charge in sorted(taken))
        return Disagreement("charges", "charge-taken", f"`charges`: {which} is asked for or paid already")
    lines = [line for line in bill if line.charge in charges]
    if strange := sorted(set(charges) - {line.charge for line in lines}):
        told = f"the hospital system tells of no charge {', '.join(strange)} of this patient"
        return Disagreement("charges", "charge-unknown", f"`charges`: {told}")
    if foreign := sorted({line.currency for line in lines} - {currency}):
        told = f"they are in {', '.join(foreign)}, not {currency}"
        return Disagreement("charges", "charge-currency", f"`charges`: {told}")
    due = sum((line.amount for line in lines), Decimal(0))
    if due != amount:
        detail = f"`amount`: {amount} {currency} is asked, {', '.join(charges)} come to {due} {currency}"
        return Disagreement("amount", "charges-differ", detail)
    return None


def _alike(one: str, other: str, same: Meanings) -> bool:
    return one == other or not same.get(one, frozenset()).isdisjoint(same.get(other, ()))


def holds(row: Mapping[str, object]) -> bool:
    """Whether a payment as it is shown still stands for its charges: neither closed nor given back whole."""
    if row["status"] in ("closed", "stray"):
        return False
    refunds: Mapping[str, Mapping[str, str]] = row.get("refunds", {})  # type: ignore[assignment]
    back = sum((Decimal(each.get("amount", "0")) for each in refunds.values() if each["status"] == "made"), Decimal(0))
    return back < Decimal(str(row["amount"]))
