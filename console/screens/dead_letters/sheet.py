"""Dead letters as a workbook, without their contents."""

from careloop_client.ops.models import Letter
from console.export import Column, Lack, Sheet

NOT_LISTED = Lack("More letters are not listed: those that wait come first, then the newest.")
SHEET: Sheet[Letter] = Sheet(
    "dead_letters",
    (
        Column("Id", lambda row, name: row.id),
        Column("When", lambda row, name: row.time),
        Column("Refused by", lambda row, name: row.reader),
        Column("Reason", lambda row, name: row.reason),
        Column("Detail", lambda row, name: row.detail),
        Column("Place", lambda row, name: row.place),
        Column("Sent again", lambda row, name: "✓" if row.redriven else None),
    ),
)
