"""Errors that a server reports for its export, counted and shown by code and element only.

Their texts may describe a patient; the whole OperationOutcome is stored as an encrypted dead letter.
"""

import re
from collections import Counter

import orjson

from services.his_adapter.formats.fhir.resource import every, first

CODE = re.compile(r"[a-z][a-z-]{0,39}")
PLACE = re.compile(r"[A-Z][A-Za-z]{0,60}(\.[A-Za-z]{1,60}|\[\d{1,4}\]){0,12}")
MAX_KINDS_SHOWN = 5
QUIET = ("information", "success")


class Reported:
    """The errors reported for one export."""

    def __init__(self) -> None:
        self._kinds, self.count, self.unread = Counter[str](), 0, ""

    def add(self, line: bytes) -> str:
        """Count one line of an error file; return a summary, "" if it is only informational."""
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
        return ", ".join(kinds[:MAX_KINDS_SHOWN])

    @property
    def words(self) -> str:
        """A sentence for the operator; "" if nothing was reported."""
        if not self.count:
            return self.unread
        shown = ", ".join(f"{count} {kind}" for kind, count in self._kinds.most_common(MAX_KINDS_SHOWN))
        more = " and others" if len(self._kinds) > MAX_KINDS_SHOWN else ""
        summary = f"the server reports {self.count} errors of its export: {shown}{more}: `careloop dlq list` has them"
        return "; ".join(filter(None, (summary, self.unread)))


def _kind(issue: dict[str, object]) -> str:
    """Return code and element of an issue, `not-found (Patient.id)`, if they are valid."""
    code, place = str(issue.get("code", "")), str(first(issue, "expression"))
    label = code if CODE.fullmatch(code) else "an unknown code"
    return f"{label} ({place})" if PLACE.fullmatch(place) else label
