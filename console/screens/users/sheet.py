"""The users as a workbook."""

from console.export import Column, Name, Sheet
from console.screens.users.view import Row


def _roles(row: Row, name: Name) -> str:
    return "\n".join(name("role", role) for role in row.staff.roles)


SHEET: Sheet[Row] = Sheet(
    "users",
    (
        Column("Name", lambda row, name: row.staff.name),
        Column("Login", lambda row, name: row.staff.signs_in_as),
        Column("Roles", _roles),
        Column("Departments", lambda row, name: "\n".join(row.departments)),
        Column("Campuses", lambda row, name: "\n".join(row.staff.campuses)),
        Column("Language", lambda row, name: name("language", row.staff.language)),
        Column("Last change", lambda row, name: row.staff.applied_at),
        Column("By", lambda row, name: row.staff.applied_by),
    ),
)
