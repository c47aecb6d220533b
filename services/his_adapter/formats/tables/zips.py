"""What a workbook comes to unpacked, before anything unpacks it: a ZIP of kilobytes may hold terabytes.

What its directory says of sizes may be a lie, so each entry is inflated and counted, and nothing of it kept.
"""

import struct
import zipfile
import zlib
from typing import BinaryIO

from services.his_adapter.formats.tables.faults import BadFile, beyond
from services.his_adapter.formats.tables.limits import Drop

CHUNK = 64 << 10
MOST_AT_ONCE = 1 << 20
SMALL = 16 << 20
"""Bytes up to which a ratio says nothing: short texts shrink a lot."""
_LOCAL = struct.Struct("<4s22xHH")


def check_unpacked(file: BinaryIO, limits: Drop) -> None:
    """Whether a file, where it is a ZIP archive, stays within the limits. Raises `BadFile`."""
    if not zipfile.is_zipfile(file):
        file.seek(0)
        return
    size = file.seek(0, 2)
    try:
        entries = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise BadFile("the workbook is a broken ZIP archive") from error
    if len(entries) > limits.max_entries:
        raise beyond("the entries of the workbook are", "max_entries", limits.max_entries)
    _within(sum(entry.file_size for entry in entries), size, limits)
    total = 0
    for entry in entries:
        total = _unpacked(file, entry, total, size, limits)
    file.seek(0)


def _within(total: int, size: int, limits: Drop) -> None:
    if total > limits.max_expanded_bytes:
        raise beyond("the bytes of the unpacked workbook are", "max_expanded_bytes", limits.max_expanded_bytes)
    if total > SMALL and total > limits.max_ratio * size:
        raise beyond("unpacked, each byte of the workbook becomes", "max_ratio", limits.max_ratio)


def _unpacked(file: BinaryIO, entry: zipfile.ZipInfo, total: int, size: int, limits: Drop) -> int:
    """The bytes counted so far and those of one entry."""
    file.seek(entry.header_offset)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\3\4"):
        raise BadFile("the workbook is a broken ZIP archive")
    _, name, extra = _LOCAL.unpack(head)
    file.seek(name + extra, 1)
    left = entry.compress_size
    if entry.compress_type == zipfile.ZIP_STORED:
        _within(total + left, size, limits)
        return total + left
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise BadFile("the workbook is packed in a way that no spreadsheet writes")
    inflater = zlib.decompressobj(-15)
    while left > 0 and not inflater.eof and (chunk := file.read(min(left, CHUNK))):
        left -= len(chunk)
        while chunk:
            try:
                total += len(inflater.decompress(chunk, MOST_AT_ONCE))
            except zlib.error as error:
                raise BadFile("the workbook is a broken ZIP archive") from error
            _within(total, size, limits)
            chunk = inflater.unconsumed_tail
    return total
