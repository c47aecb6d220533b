"""Parser of HL7 v2.x messages (chapter 2 encoding rules); fields are split into components only when read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_LINES = re.compile(r"\r\n|\r|\n")
_SEGMENTS = re.compile(r"\r\n|\r|\n(?=[A-Za-z][A-Za-z0-9]{2}[^A-Za-z0-9\s])")
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}$")
_ONE_LINE = re.compile(r"(?:(?<![A-Za-z])|(?<=\\[rn]))(EVN|PID|PV1|ORC|OBR|SCH|MSA|QRD)\|")
MAX_COMPONENT_CHARACTERS = 200_000
"""Characters of a component that are read; identifiers and texts have much lower limits."""
CLEARED = '""'
"""Value of a field that asks to delete the stored value."""


class Broken(Exception):
    """The message is malformed, at `segment` and `field`; the text says what to do, `code` is of table 0357."""

    def __init__(self, detail: str, segment: str = "MSH", field: int = 0, code: str = "100") -> None:
        super().__init__(detail)
        self.segment, self.field, self.code = segment, field, code

    @property
    def detail(self) -> str:
        """The error with its place, `PID-3: what to do`, as used in dead letters and reports."""
        return f"{self.segment}-{self.field}: {self}"


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The delimiters declared in MSH-1 and MSH-2."""

    field: str
    component: str
    repetition: str
    escape: str
    sub: str


class Hl7Message:
    """Segments of one message. Paths are written as in HL7, `get("PID-3.1")`, and read the first repetition."""

    def __init__(self, segments: list[list[str]], delimiters: Delimiters) -> None:
        self.segments, self.delimiters = segments, delimiters

    def every(self) -> Iterator["Segment"]:
        """Yield all segments in order."""
        return (Segment(fields, self.delimiters) for fields in self.segments)

    def patients(self) -> list["Hl7Message"]:
        """Return one message per PID, with the segments that follow this PID.

        Segments before the first PID, and appointment resources (RGS and all that follow), are in every message.
        """
        shared = next((number for number, fields in enumerate(self.segments) if fields[0] == "RGS"), len(self.segments))
        at = [number for number, fields in enumerate(self.segments[:shared]) if fields[0] == "PID"]
        ends = [*at[1:], shared]
        return [
            Hl7Message([*self.segments[: at[0]], *self.segments[begin:end], *self.segments[shared:]], self.delimiters)
            for begin, end in zip(at, ends, strict=False)
        ]

    def all(self, name: str) -> list["Segment"]:
        """Return every segment of that name, in order."""
        return [Segment(fields, self.delimiters) for fields in self.segments if fields[0] == name]

    def first(self, name: str) -> "Segment":
        """Return the first segment of that name, or an empty one."""
        return Segment(next((fields for fields in self.segments if fields[0] == name), [name]), self.delimiters)

    def get(self, path: str) -> str:
        """Return the unescaped text at `SEG-field[.component[.sub]]`; "" if empty."""
        name, numbers = _place(path)
        return self.first(name).get(*numbers)

    @property
    def sender(self) -> str:
        """Sending application and facility, `HIS/CITY`."""
        return "/".join(filter(None, (self.get("MSH-3"), self.get("MSH-4")))) or "unknown"

    @property
    def type(self) -> str:
        """Message type as `ADT^A01`, also if sent as `adt^a01` or `ADT_A01`; EVN-1 is used if MSH-9 has no event."""
        kind, _, event = self.get("MSH-9.1").partition("_")
        return f"{kind}^{self.get('MSH-9.2') or event or self.get('EVN-1')}".upper()


@lru_cache(maxsize=1024)
def _place(path: str) -> tuple[str, tuple[int, ...]]:
    name, _, rest = path.partition("-")
    return name, tuple(int(part) for part in rest.split("."))


class Segment:
    """One segment. Fields are numbered as in HL7; MSH-1 is the field separator itself."""

    def __init__(self, fields: list[str], delimiters: Delimiters) -> None:
        self._fields, self._d = fields, delimiters

    def __bool__(self) -> bool:
        return len(self._fields) > 1

    @property
    def name(self) -> str:
        """Segment name, such as `PID`."""
        return self._fields[0]

    def raw(self, field: int) -> str:
        """Return the raw field, with escapes and repetitions."""
        head = self._fields[0] in ("MSH", "FHS", "BHS")
        if head and field == 1:
            return self._d.field
        at = field - 1 if head else field
        return self._fields[at] if 0 < at < len(self._fields) else ""

    def repetitions(self, field: int) -> Iterator["Field"]:
        """Yield the non-empty repetitions of a field."""
        for text in self.raw(field).split(self._d.repetition):
            if text:
                yield Field(text, self._d)

    def get(self, field: int, component: int = 1, sub: int = 1) -> str:
        """Return the unescaped text of a (sub-)component of the first repetition."""
        text = self.raw(field)
        return Field(text.split(self._d.repetition)[0], self._d).get(component, sub) if text else ""


class Field:
    """One repetition of a field."""

    def __init__(self, text: str, delimiters: Delimiters) -> None:
        self._parts, self._d = text.split(delimiters.component), delimiters

    def get(self, component: int, sub: int = 1) -> str:
        """Return the unescaped text. A value of two quotes (delete) is returned as empty; see `clears`."""
        if component > len(self._parts):
            return ""
        subs = self._parts[component - 1].split(self._d.sub) if self._d.sub else [self._parts[component - 1]]
        value = unescape(subs[sub - 1][:MAX_COMPONENT_CHARACTERS], self._d).strip() if sub <= len(subs) else ""
        return "" if value == CLEARED else value

    def clears(self, component: int) -> bool:
        """Whether the component asks to delete the stored value (`""`)."""
        return self._parts[component - 1 : component] == [CLEARED]


def breaks(text: str) -> re.Pattern[str]:
    """Return the pattern of segment ends. If the text has a CR, an LF within a field is part of the text."""
    return _SEGMENTS if "\r" in text else _LINES


def lines(text: str) -> list[str]:
    """Split a text into segments."""
    return [line for line in breaks(text).split(text.strip("\r\n\x00 \ufeff")) if line.strip()]


def parse(text: str, whole: bool = True) -> Hl7Message:
    """Parse a message. Raises `Broken` if MSH is missing or its delimiters are invalid.

    `whole=False` is for a text of which only MSH is read: plausibility checks are skipped.
    """
    segment_lines = lines(text)
    if not segment_lines or not segment_lines[0].startswith("MSH") or len(segment_lines[0]) < 8:
        raise Broken("the message does not start with an MSH segment of at least 8 characters")
    head = segment_lines[0]
    encoding = head[4:].split(head[3], 1)[0]
    marks = head[3] + encoding[:4]
    if len(encoding) < 2 or len(set(marks)) != len(marks) or any(mark.isalnum() for mark in marks):
        raise Broken("MSH-1 and MSH-2 must hold distinct punctuation, usually |^~\\&", "MSH", 2)
    if encoding[2:3] == "&":  # MSH-2 lost its backslash: read & as sub-component separator, without an escape character
        encoding = f"{encoding[:2]}\0&"
    padded = encoding.ljust(4, "\0")
    delimiters = Delimiters(head[3], padded[0], padded[1], padded[2].strip("\0"), padded[3].strip("\0"))
    if whole:
        _check_plausible(segment_lines, delimiters)
    segments = [line.split(delimiters.field) for line in segment_lines]
    for fields in segments:
        fields[0] = fields[0].upper()
    for number, fields in enumerate(segments, 1):
        if not _SEGMENT.match(fields[0]):
            raise Broken(f"line {number} does not start with a segment name of three capitals", "MSH", 0)
    if sum(fields[0] == "MSH" for fields in segments) > 1:
        raise Broken("two MSH segments in one frame: send one message a frame", "MSH", 1)
    return Hl7Message(segments, delimiters)


def _check_plausible(segment_lines: list[str], d: Delimiters) -> None:
    """Raise `Broken` for a header damaged in transit: lost CRs, or a ^ in MSH-9 that MSH-2 does not declare."""
    fields = segment_lines[0].split(d.field)
    if len(segment_lines) == 1 and (lost := _ONE_LINE.search(d.field.join(fields[9:]))):
        raise Broken(f"segments must end with CR: {lost[1]} stands within the line of MSH", "MSH", 0)
    if "^" in "".join(fields[8:9]) and d.component != "^":
        raise Broken("MSH-9 is written with ^, which MSH-2 does not name: usually it is ^~\\&", "MSH", 2)


def escape(text: str, d: Delimiters) -> str:
    """Escape delimiters; if MSH-2 declares no escape character, replace them by blanks.

    MLLP framing bytes are escaped too: otherwise a text could end its frame and start another message.
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
