"""What a file in a drop folder may be. The child that reads one imports this, and no other settings."""

from pydantic import Field

from shared.settings_group import Group


class Drop(Group):
    """What a file in the drop folder may be, and how long what was read is kept sealed. The folder is `drop_dir`.

    `group_writable` says that another user of its group puts the files in: the folder is then 1770, else 0700.
    Expanded bytes and entries are those of a workbook, which is a ZIP archive; it may be `max_ratio` times its size.
    Memory, CPU and wall seconds are those of the process that reads one file.
    """

    keep_days: int = Field(30, ge=1)
    group_writable: bool = False
    max_bytes: int = Field(256 << 20, ge=1)
    max_expanded_bytes: int = Field(1 << 30, ge=1)
    max_ratio: int = Field(200, ge=1)
    max_entries: int = Field(2000, ge=1)
    max_rows: int = Field(2_000_000, ge=1)
    max_columns: int = Field(1000, ge=1)
    max_cell_characters: int = Field(1 << 20, ge=1)
    max_row_bytes: int = Field(16 << 20, ge=1024)
    memory_bytes: int = Field(2 << 30, ge=1)
    cpu_seconds: int = Field(600, ge=1)
    wall_seconds: int = Field(900, ge=1)
