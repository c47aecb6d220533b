"""A fast splitter for HL7 v2.x messages (chapter 2 encoding rules), lazily down to sub-components."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_LINES = re.compile(r"\r\n|\r|\n")
_SEGMENTS = re.compile(r"\r\n|\r|\n(?=[A-Za-z][A-Za-z0-9]{2}[^A-Za-z0-9\s])")
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}$")
_ONE_LINE = re.compile(r"(?:(?<![A-Za-z])|(?<=\\[rn]))(EVN|PID|PV1|ORC|OBR|SCH|MSA|QRD)\|")
LONGEST = 200_000
"""Characters of a component that are looked at: names are refused and texts cut long before."""
CLEARED = '""'


class Broken(Exception):
    """The structure is wrong: `segment` and `field` say where, the text what to do, `code` is of table 0357."""

    def __init__(self, detail: str, segment: str = "MSH", field: int = 0, code: str = "100") -> None:
        super().__init__(detail)
        self.segment, self.field, self.code = segment, field, code

    @property
    def told(self) -> str:
        """`PID-3: what to do`: as every dead letter and report words it."""
        return f"{self.segment}-{self.field}: {self}"


@dataclass(frozen=True, slots=True)
class Delimiters:
    """MSH-1 and MSH-2."""

    field: str
    component: str
    repetition: str
    escape: str
    sub: str


class Message:
    """Segments of one message. Paths are HL7's own: `get("PID-3.1")`, first repetition unless said."""

    def __init__(self, segments: list[list[str]], delimiters: Delimiters) -> None:
        self.segments, self.delimiters = segments, delimiters

    def every(self) -> Iterator["Segment"]:
        """All segments, in order."""
        return (Segment(fields, self.delimiters) for fields in self.segments)

    def patients(self) -> list["Message"]:
        """One message for each PID: what stands before the first belongs to all, what follows a PID to it.

        Resources of an appointment (RGS and what follows) come after all patients and belong to all.
        """
        shared = next((number for number, fields in enumerate(self.segments) if fields[0] == "RGS"), len(self.segments))
        at = [number for number, fields in enumerate(self.segments[:shared]) if fields[0] == "PID"]
        ends = [*at[1:], shared]
        return [
            Message([*self.segments[: at[0]], *self.segments[begin:end], *self.segments[shared:]], self.delimiters)
            for begin, end in zip(at, ends, strict=False)
        ]

    def all(self, name: str) -> list["Segment"]:
        """Every segment of that name, in order."""
        return [Segment(fields, self.delimiters) for fields in self.segments if fields[0] == name]

    def first(self, name: str) -> "Segment":
        """The first segment of that name; an empty one where there is none."""
        return Segment(next((fields for fields in self.segments if fields[0] == name), [name]), self.delimiters)

    def get(self, path: str) -> str:
        """The unescaped text at `SEG-field[.component[.sub]]`; "" where nothing is."""
        name, numbers = _place(path)
        return self.first(name).get(*numbers)

    @property
    def sender(self) -> str:
        """Sending application and facility, `HIS/CITY`."""
        return "/".join(filter(None, (self.get("MSH-3"), self.get("MSH-4")))) or "unknown"

    @property
    def type(self) -> str:
        """`ADT^A01`, also where it is written `adt^a01` or `ADT_A01`; EVN-1 counts only where MSH-9 names no event."""
        kind, _, event = self.get("MSH-9.1").partition("_")
        return f"{kind}^{self.get('MSH-9.2') or event or self.get('EVN-1')}".upper()


@lru_cache(maxsize=1024)
def _place(path: str) -> tuple[str, tuple[int, ...]]:
    name, _, rest = path.partition("-")
    return name, tuple(int(part) for part in rest.split("."))


class Segment:
    """One segment. Field numbers are HL7's; MSH-1 is the field separator itself."""

    def __init__(self, fields: list[str], delimiters: Delimiters) -> None:
        self._fields, self._d = fields, delimiters

    def __bool__(self) -> bool:
        return len(self._fields) > 1

    @property
    def name(self) -> str:
        """`PID`."""
        return self._fields[0]

    def raw(self, field: int) -> str:
        """The field as it stands, escapes and repetitions included."""
        head = self._fields[0] in ("MSH", "FHS", "BHS")
        if head and field == 1:
            return self._d.field
        at = field - 1 if head else field
        return self._fields[at] if 0 < at < len(self._fields) else ""

    def repetitions(self, field: int) -> Iterator["Field"]:
        """The non-empty repetitions of a field."""
        for text in self.raw(field).split(self._d.repetition):
            if text:
                yield Field(text, self._d)

    def get(self, field: int, component: int = 1, sub: int = 1) -> str:
        """The unescaped text of a (sub-)component of the first repetition."""
        text = self.raw(field)
        return Field(text.split(self._d.repetition)[0], self._d).get(component, sub) if text else ""


class Field:
    """One repetition of a field."""

    def __init__(self, text: str, delimiters: Delimiters) -> None:
        self._parts, self._d = text.split(delimiters.component), delimiters

    def get(self, component: int, sub: int = 1) -> str:
        """The unescaped text; `""` (two quotes) is no text: it means "delete", and `Segment.raw` shows it."""
        if component > len(self._parts):
            return ""
        subs = self._parts[component - 1].split(self._d.sub) if self._d.sub else [self._parts[component - 1]]
        found = unescape(subs[sub - 1][:LONGEST], self._d).strip() if sub <= len(subs) else ""
        return "" if found == CLEARED else found

    def clears(self, component: int) -> bool:
        """Whether a component says "delete"."""
        return self._parts[component - 1 : component] == [CLEARED]


def breaks(text: str) -> re.Pattern[str]:
    """What ends a segment. Where some end with CR as they should, a lone LF inside a field is text."""
    return _SEGMENTS if "\r" in text else _LINES


def lines(text: str) -> list[str]:
    """The segments of a text."""
    return [line for line in breaks(text).split(text.strip("\r\n\x00 \ufeff")) if line.strip()]


def parse(text: str, whole: bool = True) -> Message:
    """Split a message. Raises `Broken` where MSH is missing or its delimiters are impossible.

    What is not `whole` is a header alone, of which only what is in it matters.
    """
    found = lines(text)
    if not found or not found[0].startswith("MSH") or len(found[0]) < 8:
        raise Broken("the message does not start with an MSH segment of at least 8 characters")
    head = found[0]
    encoding = head[4:].split(head[3], 1)[0]
    marks = head[3] + encoding[:4]
    if len(encoding) < 2 or len(set(marks)) != len(marks) or any(mark.isalnum() for mark in marks):
        raise Broken("MSH-1 and MSH-2 must hold distinct punctuation, usually |^~\\&", "MSH", 2)
    if encoding[2:3] == "&":  # the backslash was lost on the way: an ampersand escapes nothing
        encoding = f"{encoding[:2]}\0&"
    padded = encoding.ljust(4, "\0")
    delimiters = Delimiters(head[3], padded[0], padded[1], padded[2].strip("\0"), padded[3].strip("\0"))
    if whole:
        _plausible(found, delimiters)
    segments = [line.split(delimiters.field) for line in found]
    for fields in segments:
        fields[0] = fields[0].upper()
    for number, fields in enumerate(segments, 1):
        if not _SEGMENT.match(fields[0]):
            raise Broken(f"line {number} does not start with a segment name of three capitals", "MSH", 0)
    if sum(fields[0] == "MSH" for fields in segments) > 1:
        raise Broken("two MSH segments in one frame: send one message a frame", "MSH", 1)
    return Message(segments, delimiters)


def _plausible(found: list[str], d: Delimiters) -> None:
    """Headers that were mangled on the way would be read, and mean something else. Raises `Broken`."""
    fields = found[0].split(d.field)
    if len(found) == 1 and (lost := _ONE_LINE.search(d.field.join(fields[9:]))):
        raise Broken(f"segments must end with CR: {lost[1]} stands within the line of MSH", "MSH", 0)
    if "^" in "".join(fields[8:9]) and d.component != "^":
        raise Broken("MSH-9 is written with ^, which MSH-2 does not name: usually it is ^~\\&", "MSH", 2)


def escape(text: str, d: Delimiters) -> str:
    """The inverse of `unescape`; without an escape character what would be a delimiter becomes a blank.

    The marks of MLLP are escaped too, or a text would end its frame and begin a message of its own.
    """
    named = {d.escape: "E", d.field: "F", d.component: "S", d.sub: "T", d.repetition: "R", "\n": ".br", "\r": ".br"}
    named |= {"\x0b": "X0B", "\x1c": "X1C"}
    table = {ord(mark): f"{d.escape}{name}{d.escape}" if d.escape else " " for mark, name in named.items() if mark}
    return text.translate(table)


def unescape(text: str, d: Delimiters) -> str:
    r"""Resolve `\F\ \S\ \T\ \R\ \E\ \.br\ \Xhh\`; an unknown or unterminated escape stays as it is."""
    if not d.escape or d.escape not in text:
        return text
    named = {"F": d.field, "S": d.component, "T": d.sub, "R": d.repetition, "E": d.escape, ".br": "\n"}
    return _escapes(d.escape).sub(lambda code: named[code[1]] if code[1] in named else _hex(code[1]), text)


@lru_cache(maxsize=64)
def _escapes(mark: str) -> re.Pattern[str]:
    mark = re.escape(mark)
    return re.compile(rf"{mark}([FSTRE]|\.br|X(?:[0-9A-Fa-f]{{2}})+){mark}")


@lru_cache(maxsize=256)
def _hex(code: str) -> str:
    raw = bytes.fromhex(code[1:])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")
