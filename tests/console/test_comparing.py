"""Records side by side: what agrees, what contradicts, what only one says."""

from datetime import date

from careloop_client.contacts.models import Identifier, Identity
from console.comparing import compared


def number(system: str, value: str) -> Identifier:
    return Identifier(system=system, key=value, value=value)


def marks(*sides: Identity) -> dict[str, list[str]]:
    return {row.field: [cell.mark for cell in row.cells] for row in compared(sides)}


def test_each_side_is_compared_with_the_first() -> None:
    one = Identity(name="王秀英", birth_date=date(1956, 4, 12), sex="female")
    other = Identity(name="王秀英", birth_date=date(1965, 4, 12))
    assert marks(one, other) == {"name": ["", "agrees"], "born": ["", "contradicts"], "sex": ["", ""]}


def test_a_phone_is_the_same_however_it_is_written() -> None:
    one = Identity(phones=["13800001111", "01088880000"])
    assert marks(one, Identity(phones=["+86 138 0000 1111"]))["phones"] == ["", "agrees"]
    assert marks(one, Identity(phones=["13800001112"]))["phones"] == ["", "differs"]


def test_the_number_of_a_caller_is_a_phone() -> None:
    caller = Identity(identifiers=[number("phone", "13800001111")])
    assert marks(caller, Identity(phones=["13800001111"])) == {"phones": ["", "agrees"]}


def test_each_number_has_a_row_of_its_own_and_two_citizen_ids_contradict() -> None:
    one = Identity(identifiers=[number("MRN:A", "1"), number("national-id", "x")])
    other = Identity(identifiers=[number("MRN:A", "2"), number("MRN:B", "1"), number("national-id", "y")])
    assert marks(one, other) == {"MRN:A": ["", "differs"], "national-id": ["", "contradicts"], "MRN:B": ["", ""]}
    assert [row.is_number for row in compared([one])] == [True, True]


def test_what_nobody_says_has_no_row() -> None:
    assert compared([Identity(), Identity()]) == []
