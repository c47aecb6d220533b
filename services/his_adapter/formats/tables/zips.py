"""Check the uncompressed size of a workbook before it is opened, against ZIP bombs.

The sizes in the ZIP directory cannot be trusted, so each entry is decompressed and counted without keeping the data.
"""

import struct
import zipfile
import zlib
from typing import BinaryIO

from services.his_adapter.formats.tables.faults import BadFile, beyond
from services.his_adapter.formats.tables.limits import Drop

CHUNK = 64 << 10
MAX_CHUNK_BYTES = 1 << 20
SMALL = 16 << 20
"""Uncompressed bytes below which the compression ratio is not checked: short texts compress very well."""
_LOCAL = struct.Struct("<4s22xHH")


def check_unpacked(file: BinaryIO, limits: Drop) -> None:
    """Raise `BadFile` if a file is a ZIP archive that exceeds the limits or is broken."""
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
    _check_total(sum(entry.file_size for entry in entries), size, limits)
    total = 0
    for entry in entries:
        total = _unpacked(file, entry, total, size, limits)
    file.seek(0)


def _check_total(total: int, size: int, limits: Drop) -> None:
    if total > limits.max_expanded_bytes:
        raise beyond("the bytes of the unpacked workbook are", "max_expanded_bytes", limits.max_expanded_bytes)
    if total > SMALL and total > limits.max_ratio * size:
        raise beyond("unpacked, each byte of the workbook becomes", "max_ratio", limits.max_ratio)


def _unpacked(file: BinaryIO, entry: zipfile.ZipInfo, total: int, size: int, limits: Drop) -> int:
    """Return `total` plus the uncompressed bytes of one entry. Raises `BadFile`."""
    file.seek(entry.header_offset)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\3\4"):
        raise BadFile("the workbook is a broken ZIP archive")
    _, name, extra = _LOCAL.unpack(head)
    file.seek(name + extra, 1)
    left = entry.compress_size
    if entry.compress_type == zipfile.ZIP_STORED:
        _check_total(total + left, size, limits)
        return total + left
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise BadFile("the workbook is packed in a way that no spreadsheet writes")
    inflater = zlib.decompressobj(-15)
    while left > 0 and not inflater.eof and (chunk := file.read(min(left, CHUNK))):
        left -= len(chunk)
        while chunk:
            try:
                total += len(inflater.decompress(chunk, MAX_CHUNK_BYTES))
            except zlib.error as error:
                raise BadFile("the workbook is a broken ZIP archive") from error
            _check_total(total, size, limits)
            chunk = inflater.unconsumed_tail
    return total
