"""Read CSV files as a stream; detects encoding and delimiter."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from services.his_adapter.formats.tables.faults import BadFile, beyond
from services.his_adapter.formats.tables.limits import Drop

TEXTS = (".csv", ".txt", ".tsv")
BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
CHUNK = 1 << 20


class CsvFile:
    """A CSV file; can be iterated repeatedly."""

    def __init__(self, file: BinaryIO, limits: Drop) -> None:
        self._file, self._encoding = file, _encoding(file)
        csv.field_size_limit(limits.max_cell_characters)
        self._limits = limits

    def __iter__(self) -> Iterator[list[str]]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, self._encoding, newline="")
        try:
            first_line = text.readline()
            delimiter = max(",;\t|", key=first_line.count)
            text.seek(0)
            yield from csv.reader(text, delimiter=delimiter, strict=True)
        except csv.Error as error:
            if "field larger" in str(error):
                limit = self._limits.max_cell_characters
                raise beyond("the characters of a cell are", "max_cell_characters", limit) from error
            raise BadFile(f"the CSV is broken: {error}") from error
        finally:
            text.detach()


def _encoding(file: BinaryIO) -> str:
    """Detect the encoding: by byte-order mark, else UTF-8 or GB18030 if the whole file is valid. Raises `BadFile`."""
    start = file.read(3)
    declared = next((name for start_bytes, name in BYTE_ORDER_MARKS if start.startswith(start_bytes)), None)
    for name in [declared] if declared else ["utf-8", "gb18030"]:
        file.seek(0)
        decoder = codecs.getincrementaldecoder(name)()
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    raise BadFile("the text is neither UTF-8 nor GB18030")
