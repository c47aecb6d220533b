"""The accesses as a workbook. Patients are ids in it: their names are looks of their own."""

from console.export import Column, Sheet
from console.screens.access_log.view import Look

SHEET: Sheet[Look] = Sheet(
    "access_log",
    (
        Column("When", lambda row, name: row.at),
        Column("Who looked", lambda row, name: row.reader),
        Column("Reader id", lambda row, name: row.reader_id),
        Column("At whom", lambda row, name: "\n".join(row.persons)),
        Column("More people", lambda row, name: row.more or None),
        Column("Why", lambda row, name: name("use", row.purpose)),
        Column("Result", lambda row, name: name("access", row.result)),
        Column("Through", lambda row, name: row.what),
    ),
)
