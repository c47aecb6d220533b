"""The follow-up list as a workbook."""

from console.export import Column, Sheet
from console.screens.followup.view import Row

SHEET: Sheet[Row] = Sheet(
    "followup",
    (
        Column("Due", lambda row, name: row.due),
        Column("Patient", lambda row, name: row.name),
        Column("Sex", lambda row, name: name("sex", row.sex) if row.sex else None),
        Column("Age", lambda row, name: row.age),
        Column("Kind", lambda row, name: name("task", row.kind)),
        Column("Plan", lambda row, name: row.plan),
        Column("Step", lambda row, name: row.step),
        Column("Department", lambda row, name: row.department),
        Column("Status", lambda row, name: name("task", row.status)),
        Column("Score", lambda row, name: row.score),
        Column("Comment", lambda row, name: row.comment),
        Column("Record id", lambda row, name: row.person_id),
    ),
)
