"""The queue as a workbook."""

from console.export import Column, Sheet
from console.screens.cases.view import Row

SHEET: Sheet[Row] = Sheet(
    "cases",
    (
        Column("Due", lambda row, name: row.due),
        Column("What is due", lambda row, name: name("sla", row.target) if row.target else None),
        Column("Patient", lambda row, name: row.patient),
        Column("Case", lambda row, name: name("category", row.category)),
        Column("Case id", lambda row, name: row.case_id),
        Column("Severity", lambda row, name: name("severity", row.severity)),
        Column("Department", lambda row, name: row.department),
        Column("Status", lambda row, name: name("case", row.status)),
        Column("Assigned to", lambda row, name: row.assignee),
    ),
)
