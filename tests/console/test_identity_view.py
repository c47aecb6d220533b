"""What waits to be settled, and why, as the registrar sees it."""

import ast
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from careloop_client.contacts.models import Identity, IdentityReview, PersonMatch
from console.screens.identity.reasons import BELONGS, REASONS, TRAITS, Reason, reason
from console.screens.identity.view import input_identity, question, waiting
from services.contacts.registry.merging import MAX_MERGED_RECORDS
from services.contacts.registry.traits import WORDS

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
REGISTRY = Path(__file__).parents[2] / "services" / "contacts" / "registry"
ASKS = {"asked", "ambiguous", "MergeReason", "_proposed"}
"""Functions of the registry that are given a reason."""


def review(id: str = "r", kind: str = "input", input: dict[str, Any] | None = None) -> IdentityReview:
    candidates = [PersonMatch(person_id=each, identity=Identity(name=each.upper())) for each in ("p", "q")]
    return IdentityReview.model_validate(
        {"id": id, "kind": kind, "candidates": candidates, "reasons": ["phone and name agree"], "since": NINE}
        | {"age_seconds": 5, "input": input}
    )


def sentences() -> set[str]:
    """The sentences that the registry's code gives as reasons; of one with parts its beginning."""
    found: set[str] = set()
    for file in REGISTRY.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ASKS:
                texts = [each for argument in call.args for each in ast.walk(argument)]
                found |= {
                    each.value for each in texts if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }
    return {each for each in found if " " in each.strip()}


def test_every_reason_of_the_registry_is_known() -> None:
    wholes = "\n".join([*REASONS, *BELONGS])
    assert [each for each in sentences() if each not in wholes] == []
    assert set(WORDS.values()) == set(TRAITS)
    assert f"one human with more than {MAX_MERGED_RECORDS} records" in REASONS


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("its phone is shared by several people", ("phone-shared", ())),
        ("its number belongs to a person of another name, another sex", ("number-contradicts", ("name", "sex"))),
        ("its number belongs to a person of Mars", ("", ())),
        ("something new", ("", ())),
    ],
)
def test_a_reason_has_a_name_or_is_shown_as_it_is(sentence: str, shown: tuple[str, tuple[str, ...]]) -> None:
    assert reason(sentence) == Reason(sentence, *shown)


def test_what_a_caller_says_is_compared_with_the_candidates() -> None:
    carried = {"name": "P", "identifiers": [{"system": "phone", "value": "13800001111"}], "summary": "asks"}
    asked = question([review(input=carried)], "r")
    assert asked is not None
    assert (asked.summary, [each.name for each in asked.candidates]) == ("asks", ["P", "Q"])
    assert [cell.mark for cell in asked.rows[0].cells] == ["", "agrees", "contradicts"]


def test_what_the_hospital_says_of_a_patient_is_compared_too() -> None:
    patient = {"name": "王", "birth_date": "1956-04-12", "identifiers": [{"system": "MRN:A", "key": "k", "value": "1"}]}
    identity = input_identity({"patient": patient, "message_id": "m"})
    assert (identity.name, str(identity.birth_date), identity.identifiers[0].value) == ("王", "1956-04-12", "1")


def test_an_input_that_was_erased_says_nothing() -> None:
    assert input_identity(None) == Identity()
    assert input_identity({"identifiers": [{"system": "phone", "value": None}]}) == Identity()


def test_the_next_one_follows_and_the_oldest_stands_in_for_one_that_is_gone() -> None:
    reviews = [review("a"), review("b", "merge"), review("c")]
    shown = [question(reviews, id) for id in ("a", "b", "c", "gone")]
    assert [(each.id, each.next) for each in shown if each] == [("a", "b"), ("b", "c"), ("c", ""), ("a", "b")]
    assert question([], "a") is None
    assert [(each.id, each.kind, each.name) for each in waiting(reviews)][1] == ("b", "merge", "P")
