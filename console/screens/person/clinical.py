"""What the page of a person shows of diagnoses, allergies, results and spend. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from careloop_client.contacts.models import CodedEntry, PersonAllergy, PersonDiagnosis, PersonResult, View360
from shared.contracts.facts import NO_ALLERGY, NO_KNOWN_ALLERGY
from shared.contracts.terminology import thing

SHOWN = 6
"""Rows of a list that are shown at once; the others are folded away."""
Flag = Literal["critical", "abnormal", "normal"]
FLAGS: tuple[Flag, ...] = ("critical", "abnormal", "normal")
Stated = Literal["listed", "none-known", "unstated"]
STATED: tuple[Stated, ...] = ("listed", "none-known", "unstated")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis over all visits. `id`: of `thing`; `visits`: at how many it was stated; `at`: the last time."""

    id: str
    code: str
    text: str
    status: str
    visits: int
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """A report. `flag` is None if the hospital gave none, which does not say that it is normal."""

    report_id: str
    title: str
    category: str
    status: str
    flag: Flag | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Allergies:
    """What is known of allergies. `stated`: some are listed, it was stated that there are none, or nothing was."""

    stated: Stated
    rows: Sequence[CodedEntry | PersonAllergy]

    @property
    def of_some(self) -> bool:
        """Whether none is known of some kinds of allergies only, such as those to drugs: the others were not stated."""
        return self.stated == "none-known" and all(row.code != NO_ALLERGY for row in self.rows)

    def state(self, row: CodedEntry | PersonAllergy) -> str:
        """The key of the text that says how it is with a row."""
        if row.code in NO_KNOWN_ALLERGY:
            return f"none-known.{row.code}"
        return "allergy.disputed" if isinstance(row, PersonAllergy) and row.disputed else f"allergy.{row.status}"


def clinical(view: View360) -> dict[str, Any]:
    """The model of these parts of the page."""
    return {
        "diagnoses": diagnoses(view.diagnoses),
        "allergies": allergies(view),
        "results": [result(each) for each in view.results],
        "shown_at_once": SHOWN,
    }


def diagnoses(rows: Iterable[PersonDiagnosis]) -> list[Diagnosis]:
    """Each diagnosis once, the last one stated first. It is over if the last statement says so."""
    merged: dict[str, Diagnosis] = {}
    for row in rows:  # the newest first
        key = thing(row.system, row.code, row.text)
        if before := merged.get(key):
            merged[key] = replace(before, visits=before.visits + 1, since=min(before.since, row.since))
        else:
            merged[key] = Diagnosis(key, row.code or "", row.text or "", row.status, 1, row.since, row.at)
    return sorted(merged.values(), key=lambda each: each.status == "resolved")


def allergies(view: View360) -> Allergies:
    """The allergies, those that are over last; else the statements that none is known."""
    if view.allergies:
        return Allergies("listed", sorted(view.allergies, key=lambda each: each.status == "resolved"))
    return Allergies("none-known" if view.no_known_allergies else "unstated", view.no_known_allergies)


def result(row: PersonResult) -> Result:
    """A row of the results."""
    flag: Flag | None = None
    if row.critical:
        flag = "critical"
    elif row.abnormal is not None:
        flag = "abnormal" if row.abnormal else "normal"
    return Result(row.report_id, row.title or "", row.category, row.status, flag, row.at)
