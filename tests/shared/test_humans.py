"""A service's own copy of which records are one human."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.contacts import Human
from shared.contracts.contacts_standing import PersonStandingChanged
from shared.humans import HUMANS
from shared.testing import Shows

AT = datetime(2026, 3, 9, tzinfo=UTC)


def standing(version: int, *members: str, person: str = "p") -> PersonStandingChanged:
    human = Human(lead=members[0], members=members, version=version)
    return PersonStandingChanged(at=AT, person_id=person, human=human)


def shown(*events: Any) -> dict[str, Any]:
    row = Shows(HUMANS).given(*events).document("p")
    return {name: row[name] for name in ("lead", "members", "version")}


def test_a_merge_and_an_unmerge_are_followed() -> None:
    assert shown(standing(1, "q", "p")) == {"lead": "q", "members": ["q", "p"], "version": 1}
    assert shown(standing(1, "q", "p"), standing(2, "p"))["members"] == ["p"]


@given(st.permutations([1, 2, 3, 4]))
def test_the_highest_version_counts_whatever_comes_last(versions: list[int]) -> None:
    assert shown(*(standing(version, f"lead-{version}", "p") for version in versions))["lead"] == "lead-4"


@pytest.mark.parametrize("person", ["p", "q"])
def test_every_record_has_its_own(person: str) -> None:
    shows = Shows(HUMANS).given(standing(1, "q", "p"), standing(1, "q", "p", person="q"))
    assert shows.document(person)["lead"] == "q"
