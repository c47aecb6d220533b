"""What sources state of diagnoses, held in an index, is what walking over all statements for each fact says."""

from dataclasses import replace
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from services.contacts.person_360.clinical import UNDONE, Statement, Stating
from shared.contracts.facts import Coded, Visit
from shared.contracts.person_facts import DiagnosisRecorded, PatientAdmitted, PatientDischarged, VisitCancelled
from tests.contacts.test_person_360_clinical import Status, diagnosis, head, sections

Entries = dict[tuple[Stating, str], Statement]


def about(entry: Statement) -> str:
    return f"{entry.visit_id or ''} {entry.thing}"


def stated(entries: Entries, source: Stating, entry: Statement) -> Entries:
    place = (source, about(entry))
    since = entries[place].since if place in entries else entry.since
    left = {other: each for other, each in entries.items() if other != place}
    return {**left, place: replace(entry, since=since)} if entry.thing else entries


def with_item(entries: Entries, fact: Any, visit: str | None) -> Entries:
    entry, source = Statement(fact.what, visit, fact.status, fact.at, fact.at), Stating("item", fact.item_id)
    in_error, code = fact.status == "entered-in-error", fact.what.code or ""

    def stays(place: tuple[Stating, str], each: Statement) -> bool:
        if place[1] == about(entry):
            return not in_error or (place[0].kind == "item" and place[0] != source)
        same_code = code != "" and (each.what.code or "").upper() == code.upper()
        two_things = same_code and each.thing != entry.thing and not (in_error and not entry.what.text)
        return place[0] != source or two_things

    left = {place: each for place, each in entries.items() if stays(place, each)}
    return left if in_error else stated(left, source, entry)


def folded(facts: list[Any]) -> list[dict[str, Any]]:
    """The diagnoses as they are answered, by a walk over all statements for each fact."""
    entries: Entries = {}
    for fact in facts:
        if isinstance(fact, DiagnosisRecorded):
            entries = with_item(entries, fact, fact.visit_id)
        elif isinstance(fact, VisitCancelled):
            gone = Stating(UNDONE.get(fact.undoes, ""), fact.visit.visit_id)
            entries = {place: each for place, each in entries.items() if place[0] != gone}
        else:
            step = "admitted" if isinstance(fact, PatientAdmitted) else "discharged"
            for what in fact.diagnoses:
                entry = Statement(what, fact.visit.visit_id, "active", fact.at, fact.at)
                entries = stated(entries, Stating(step, fact.visit.visit_id), entry)
    groups: dict[str, list[Statement]] = {}
    for (_, thing), entry in entries.items():
        groups.setdefault(thing, []).append(entry)
    rows = [replace(each[-1], since=min(one.since for one in each)) for each in groups.values()]
    rows.sort(key=lambda row: row.at, reverse=True)
    return [row.shown(visit_id=row.visit_id) for row in rows]


CODED = st.builds(
    Coded,
    system=st.sampled_from(["", "I10"]),
    code=st.sampled_from(["", "a", "A", "b"]),
    text=st.sampled_from(["", "x", "y"]),
)
VISIT, DAY = st.sampled_from(["v", "w"]), st.integers(0, 9)
ITEM = st.builds(
    diagnosis,
    CODED,
    DAY,
    st.sampled_from(["v", "w", None]),
    st.sampled_from(get_args(Status)),
    st.sampled_from(["1", "2", "3"]),
)
STEP = st.builds(
    lambda kind, day, visit, diagnoses: kind(**head(day), visit=Visit(visit_id=visit), diagnoses=diagnoses),
    st.sampled_from([PatientAdmitted, PatientDischarged]),
    DAY,
    VISIT,
    st.lists(CODED, max_size=3).map(tuple),
)
CANCELLED = st.builds(
    lambda day, visit, undoes: VisitCancelled(**head(day), visit=Visit(visit_id=visit), undoes=undoes),
    DAY,
    VISIT,
    st.sampled_from(["admission", "registration", "discharge", "transfer"]),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.one_of(ITEM, ITEM, STEP, CANCELLED), max_size=14))
def test_the_diagnoses_of_any_history_are_those_of_a_walk_over_all_statements(facts: list[Any]) -> None:
    assert sections(*facts)["diagnoses"] == folded(facts)
