"""The messages as a workbook."""

from console.export import Column, Sheet
from console.screens.messages.view import Row

SHEET: Sheet[Row] = Sheet(
    "messages",
    (
        Column("When", lambda row, name: row.changed),
        Column("Purpose", lambda row, name: name("purpose", row.purpose)),
        Column("Text", lambda row, name: row.template),
        Column("To", lambda row, name: row.to_staff or row.person_id),
        Column("What became of it", lambda row, name: name("fate", row.status)),
        Column("Reason", lambda row, name: name("reason", row.reason) if row.reason else None),
        Column("until", lambda row, name: row.until),
        Column("Attempts", lambda row, name: row.attempts),
        Column("Message id", lambda row, name: row.message_id),
    ),
)
