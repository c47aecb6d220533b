"""What the follow-up list shows: its tabs, and its rows. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from careloop_client.contacts.models import PersonName
from careloop_client.followup.models import Task
from console.names import patient_name

PAGE = 50
"""Tasks on a page of the list."""
TABS = ("today", "overdue", "coming", "unanswered", "alarms")
KINDS = ("reminder", "survey")
OPEN_STATUSES = ("waiting", "released", "answered")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tasks are listed. `cursor`: of the page; the first one if empty."""

    tab: str = TABS[0]
    kind: str = ""
    plan: str = ""
    department: str = ""
    cursor: str = ""

    @property
    def query(self) -> str:
        """As it stands in an address."""
        fields = {"tab": self.tab, "kind": self.kind, "plan": self.plan, "department": self.department}
        return urlencode({name: value for name, value in (fields | {"cursor": self.cursor}).items() if value})

    def page(self, cursor: str) -> str:
        """The address of another page of the same list."""
        return replace(self, cursor=cursor).query

    def on(self, tab: str) -> str:
        """The address of another tab under the same filter."""
        return replace(self, tab=tab, cursor="").query

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses of the tab."""
        return {"today": OPEN_STATUSES, "unanswered": ("released",), "alarms": ("answered",)}.get(
            self.tab, ("waiting",)
        )

    @property
    def sort(self) -> Any:
        """What is still to come by what is due first, what was by the newest."""
        return "-due" if self.tab in ("unanswered", "alarms") else "due"

    def asked(self, now: datetime, zone: ZoneInfo) -> Mapping[str, Any]:
        """The parameters for the service, without the status. A day begins at midnight in the hospital's zone."""
        today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        tomorrow = (today + timedelta(days=1)).replace(hour=0)
        tabs: dict[str, dict[str, Any]] = {
            "today": {"due_from": today, "due_until": tomorrow},
            "overdue": {"due_until": now},
            "coming": {"due_from": tomorrow},
            "unanswered": {"due_until": now, "kind": "survey"},
            "alarms": {"alarm": True},
        }
        chosen = {"kind": self.kind or None, "plan": self.plan or None, "department": self.department or None}
        return {**chosen, **tabs[self.tab]}


@dataclass(frozen=True, slots=True)
class Row:
    """A task. `name`, `sex`, `age`: of the patient, as far as known; `overdue`: it waits and was due before now."""

    task_id: str
    person_id: str
    name: str
    sex: str
    age: int | None
    kind: str
    plan: str
    step: str
    department: str
    status: str
    due: datetime
    overdue: bool
    score: int | None
    alarm: bool
    comment: str
    valid_until: datetime | None


def rows(tasks: Iterable[Task], people: Mapping[str, PersonName], now: datetime, zone: ZoneInfo) -> list[Row]:
    """The rows of the list, in its order."""
    return [_row(task, people.get(task.person_id), now, zone) for task in tasks]


def _row(task: Task, person: PersonName | None, now: datetime, zone: ZoneInfo) -> Row:
    born = person.birth_date if person else None
    return Row(
        task.task_id,
        task.person_id,
        patient_name(person),
        (person.sex or "") if person else "",
        age(born, now.astimezone(zone).date()) if born else None,
        task.kind,
        task.plan or "",
        task.step,
        task.department or "",
        task.status,
        task.due,
        task.status == "waiting" and task.due < now,
        task.score,
        bool(task.alarm),
        task.comment or "",
        task.valid_until,
    )


def age(born: date, today: date) -> int:
    """Years that somebody has completed."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
