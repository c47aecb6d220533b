"""CSV in whatever encoding it comes, read as a stream."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from services.his_adapter.formats.tables.faults import BadFile, beyond
from services.his_adapter.formats.tables.limits import Drop

TEXTS = (".csv", ".txt", ".tsv")
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
CHUNK = 1 << 20


class Text:
    """A CSV file; iterable as often as wanted."""

    def __init__(self, file: BinaryIO, limits: Drop) -> None:
        self._file, self._encoding = file, _encoding(file)
        csv.field_size_limit(limits.max_cell_characters)
        self._limits = limits

    def __iter__(self) -> Iterator[list[str]]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, self._encoding, newline="")
        try:
            head = text.readline()
            mark = max(",;\t|", key=head.count)
            text.seek(0)
            yield from csv.reader(text, delimiter=mark, strict=True)
        except csv.Error as error:
            if "field larger" in str(error):
                limit = self._limits.max_cell_characters
                raise beyond("the characters of a cell are", "max_cell_characters", limit) from error
            raise BadFile(f"the CSV is broken: {error}") from error
        finally:
            text.detach()


def _encoding(file: BinaryIO) -> str:
    """By its byte order mark, else UTF-8, else GB18030; the whole file alike."""
    start = file.read(3)
    marked = next((name for mark, name in MARKS if start.startswith(mark)), None)
    for name in [marked] if marked else ["utf-8", "gb18030"]:
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
