"""Whether what is asked for charges is what they cost."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.formats.definitions import Site
from services.his_adapter.payments.charges import disagreement, holds
from services.his_adapter.requests.books import meanings, posted_lines
from shared.contracts.facts import Coded, Details
from shared.contracts.his_adapter import ChargePosted
from shared.contracts.his_requests import BillLine
from tests.his_adapter.test_payments import NINE

CT, LAB = BillLine(charge="CT-1", amount=Decimal("380.10")), BillLine(charge="LAB-2", amount=Decimal("25.00"))
CREDIT = BillLine(charge="CT-1", amount=Decimal("-80.10"))


def wrong(amount: str, *charges: str, bill: Sequence[BillLine] = (CT, LAB), **held: str) -> tuple[str, str]:
    problem = disagreement(charges, Decimal(amount), "CNY", bill, held)
    return (problem.field, problem.slug) if problem else ("", "")


def test_the_sum_of_the_charges_is_asked_credits_included() -> None:
    assert wrong("380.10", "CT-1") == wrong("405.10", "CT-1", "LAB-2") == ("", "")
    assert wrong("300.00", "CT-1", bill=(CT, LAB, CREDIT)) == ("", "")
    assert wrong("380.10", "CT-1", bill=(CT, LAB, CREDIT)) == ("amount", "charges-differ")


def test_a_charge_that_is_unknown_taken_twice_named_or_in_another_currency_is_refused() -> None:
    assert wrong("1.00", "CT-9") == ("charges", "charge-unknown")
    assert wrong("380.10", "CT-1", **{"CT-1": "P1"}) == ("charges", "charge-taken")
    assert wrong("760.20", "CT-1", "CT-1") == ("charges", "charge-twice")
    dollars = CT.model_dump() | {"currency": "USD"}
    assert wrong("380.10", "CT-1", bill=[BillLine(**dollars)]) == ("charges", "charge-currency")


def test_the_numbers_are_named() -> None:
    problem = disagreement(["CT-1"], Decimal("300.00"), "CNY", [CT], {})
    assert problem is not None
    assert problem.detail == "`amount`: 300.00 CNY is asked, CT-1 come to 380.10 CNY"
    taken = disagreement(["CT-1"], Decimal("380.10"), "CNY", [CT], {"CT-1": "P7"})
    assert taken is not None
    assert "CT-1 (payment P7)" in taken.detail


AMOUNTS = st.decimals("-500", "500", places=2)
BILLS = st.lists(
    st.builds(BillLine, charge=st.sampled_from("abc"), amount=AMOUNTS, currency=st.sampled_from(["CNY", "USD"])),
    max_size=8,
)


@given(BILLS, st.lists(st.sampled_from("abcd"), min_size=1, max_size=4), AMOUNTS, st.sets(st.sampled_from("abcd")))
def test_what_is_let_through_is_the_exact_sum_of_free_charges_of_the_bill(
    bill: list[BillLine], charges: list[str], amount: Decimal, taken: set[str]
) -> None:
    lines = [line for line in bill if line.charge in charges]
    due = sum((line.amount for line in lines), Decimal(0))
    for asked in (amount, due):
        free = disagreement(charges, asked, "CNY", bill, dict.fromkeys(taken, "P1")) is None
        assert free == (
            len(set(charges)) == len(charges)
            and taken.isdisjoint(charges)
            and set(charges) == {line.charge for line in lines}
            and all(line.currency == "CNY" for line in lines)
            and due == asked
        )


def test_a_payment_stands_for_its_charges_until_it_is_closed_or_given_back_whole() -> None:
    row: dict[str, Any] = {"amount": "80.10", "refunds": {}}
    assert [holds({**row, "status": status}) for status in ("ordering", "offered", "paid", "closed")] == [
        *(True, True, True, False)
    ]
    half = {"R1": {"amount": "40.00", "status": "made"}, "R2": {"amount": "40.10", "status": "asked"}}
    assert holds({**row, "status": "paid", "refunds": half})
    half["R2"]["status"] = "made"
    assert not holds({**row, "status": "paid", "refunds": half})
    assert holds({**row, "status": "paid", "refunds": {"X": {"status": "made"}}})


def posted(naming: Naming, number: str, code: str = "CT") -> ChargePosted:
    id, item = naming.key("charge", "k1", number, code), Coded(code=code)
    nobody = Details()
    return ChargePosted(
        at=NINE, patient_key="k1", patient=nobody, message_id="m", charge_id=id, amount=CT.amount, what=item
    )


NAMING = Naming(b"k" * 32, Site(id="s", version=1, authority="CITY"))


def test_what_was_posted_is_found_by_the_hospitals_number_and_by_the_id_that_is_shown() -> None:
    fact = posted(NAMING, "T-7")
    for name in ("T-7", fact.charge_id):
        assert [(line.charge, line.amount) for line in posted_lines([fact], [name], NAMING)] == [(name, fact.amount)]
    assert list(posted_lines([fact], ["T-8"], NAMING)) == []


def test_a_charge_that_is_named_in_two_ways_is_one_and_paid_once() -> None:
    facts = [posted(NAMING, "T-7"), posted(NAMING, "T-7", "MR"), posted(NAMING, "T-8")]
    id = facts[1].charge_id
    same = meanings(facts, ["T-7", id, "T-8"], NAMING)

    def refused(amount: str, *charges: str, **held: str) -> str:
        bill = list(posted_lines(facts, charges, NAMING))
        problem = disagreement(charges, Decimal(amount), "CNY", bill, held, same)
        return problem.slug if problem else ""

    assert refused("1140.30", "T-7", id) == "charge-twice"
    assert refused("380.10", id, **{"T-7": "P1"}) == "charge-taken"
    assert refused("760.20", "T-7", **{id: "P1"}) == "charge-taken"
    assert refused("380.10", "T-8", **{"T-7": "P1", id: "P2"}) == ""
