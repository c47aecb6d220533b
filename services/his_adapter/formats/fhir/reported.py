"""The errors that a server reports of its own export: counted and shown by code and place, never in its own words.

Those may describe a patient: an outcome is kept whole as a dead letter, sealed.
"""

import re
from collections import Counter

import orjson

from services.his_adapter.formats.fhir.resource import every, first

CODE = re.compile(r"[a-z][a-z-]{0,39}")
PLACE = re.compile(r"[A-Z][A-Za-z]{0,60}(\.[A-Za-z]{1,60}|\[\d{1,4}\]){0,12}")
SHOWN = 5
QUIET = ("information", "success")


class Reported:
    """What was reported of one export."""

    def __init__(self) -> None:
        self._kinds, self.count, self.unread = Counter[str](), 0, ""

    def add(self, line: bytes) -> str:
        """One line of an error file: what it says, "" where it only informs."""
        try:
            outcome = orjson.loads(line)
        except orjson.JSONDecodeError:
            outcome = None
        issues = [issue for issue in every(outcome, "issue") if isinstance(issue, dict)] if outcome else []
        kinds = [_kind(issue) for issue in issues if issue.get("severity") not in QUIET]
        if issues and not kinds:
            return ""
        kinds = kinds or ["no OperationOutcome"]
        self._kinds.update(kinds)
        self.count += len(kinds)
        return ", ".join(kinds[:SHOWN])

    @property
    def words(self) -> str:
        """A sentence for who operates it; "" where nothing was reported."""
        if not self.count:
            return self.unread
        shown = ", ".join(f"{count} {kind}" for kind, count in self._kinds.most_common(SHOWN))
        more = " and others" if len(self._kinds) > SHOWN else ""
        told = f"the server reports {self.count} errors of its export: {shown}{more}: `careloop dlq list` has them"
        return "; ".join(filter(None, (told, self.unread)))


def _kind(issue: dict[str, object]) -> str:
    """`not-found (Patient.id)`: its code and the element, where they are such."""
    code, place = str(issue.get("code", "")), str(first(issue, "expression"))
    known = code if CODE.fullmatch(code) else "an unknown code"
    return f"{known} ({place})" if PLACE.fullmatch(place) else known
