"""HL7 v2 made to cost: many of whatever a message may have many of."""

from collections.abc import Callable
from functools import partial

from services.his_adapter.formats.hl7.checking import judge
from services.his_adapter.formats.hl7.mllp import Framer
from tests.fuzz import FULL, LARGE
from tests.his_adapter.test_translate import KEY, SITE, message

PART = 1 if FULL else 4
PID = "PID|1||100234^^^CITY^MR"
HEAD = "MSH|^~\\&|HIS|CITY|||20260309||ADT^A01|1|P|2.5"


def filled(begin: str, again: str, end: str = "") -> bytes:
    """A message as large as the intake accepts, filled by repeating `again`."""
    room = LARGE - len(begin.encode()) - len(end.encode())
    return (begin + again * (room // len(again.encode())) + end).encode()


def numbered(begin: str, line: str, count: int = 1 << 30) -> bytes:
    """Lines that differ by a number, as many as there is room for."""
    size = len(line.encode()) + 8
    return (begin + "".join(line.replace("#", str(n)) for n in range(min(count, LARGE // size)))).encode()


FIELDS = {
    "escapes in a number": partial(filled, f"{message(PID='PID|1||')}", "\\X0D\\"),
    "escapes in a name": partial(filled, message(PID=f"{PID}||"), "\\X0D\\"),
    "one escape": partial(filled, message(PID=f"{PID}||\\X"), "41", "\\"),
    "escape characters": partial(filled, message(PID=f"{PID}||"), "\\"),
    "repetitions": partial(filled, message(PID=PID), "~A"),
    "empty repetitions": partial(filled, message(PID=PID), "~"),
    "components": partial(filled, message(PID=PID), "^"),
    "sub-components": partial(filled, message(PID="PID|1||100234"), "&"),
    "phones": partial(filled, message(PID=f"{PID}||王^秀英||||||||"), "~13800138000"),
    "digits of a phone": partial(filled, message(PID=f"{PID}||王^秀英||||||||"), "1"),
    "digits of a birth date": partial(filled, message(PID=f"{PID}||王^秀英||"), "1"),
    "fields": partial(filled, message(), "|"),
    "filled repetitions": partial(filled, message(), "ab~"),
    "filled fields": partial(filled, message(), "ab|"),
    "charsets": partial(filled, f"{HEAD}||||||", "A~"),
    "a type": partial(filled, "MSH|^~\\&|HIS|CITY|||20260309||ADT^", "A", "|1|P|2.5"),
    "a control id": partial(filled, "MSH|^~\\&|HIS|CITY|||20260309||ADT^A01|", "1~"),
    "a version": partial(filled, "MSH|^~\\&|HIS|CITY|||20260309||ADT^A01|1|P|2.", "5"),
    "a line": partial(filled, f"{HEAD}|", "aPID"),
}
SEGMENTS = {
    "segments": partial(filled, message(), "\rZZZ|"),
    "segments by LF": partial(filled, message().replace("\r", "\n"), "\nZZZ|"),
    "empty lines": partial(filled, message(), "\r\n"),
    "lines of a text": partial(filled, message() + "\rNTE|1||", "a\n"),
    "patients": partial(numbered, message(), "\rPID|1||1#^^^CITY^MR", 9_000 // PART),
    "patients and what is theirs together": partial(
        numbered, message("SIU^S12") + "\rPID|1||1^^^CITY^MR" * 2_000 + "\rSCH|P1", "\rRGS|#", 40_000 // PART
    ),
    "diagnoses": partial(numbered, message(), "\rDG1|1||I#^x^I10", 9_990 // PART),
    "diagnoses without end": partial(numbered, message(), "\rDG1|1||I#^x^I10"),
    "charges": partial(numbered, message("DFT^P03"), "\rFT1|1|T#||20260309||CG|CT||||1|5&CNY", 9_990 // PART),
    "orders": partial(numbered, message("ORM^O01"), "\rORC|NW|A#", 9_990 // PART),
    "panels of panels": partial(numbered, message("ORU^R01"), f"\rOBR|#||#|A^b{'|' * 25}Z^#\rOBR|#||Q#|C#^b", 4_990),
    "values": partial(numbered, message("ORU^R01") + "\rOBR|1||1|A^b", "\rOBX|#|NM|A||1|||H", 40_000 // PART),
    "staff": partial(numbered, message("MFN^M02"), "\rMFE|MAD|1|20260309|D#|CWE\rSTF|D#||A^b", 20_000 // PART),
    "messages of a batch": partial(filled, "FHS|^~\\&\r", "MSH|^~\\&|A\r"),
    "whole messages of a batch": partial(filled, "FHS|^~\\&\r", message() + "\r"),
    "trailers": partial(filled, f"FHS|^~\\&\r{HEAD}\r", "BTS|1\r"),
}


def judged(raw: bytes) -> str:
    """The verdict and reason of the checker on a message."""
    verdicts = judge(raw, SITE, KEY)
    return f"{verdicts[0].verdict} {verdicts[0].reason}"


def framed(raw: bytes) -> int:
    """How many bytes and frames the MLLP framer gives, fed 64 KiB at a time."""
    framer = Framer(LARGE)
    frames = [len(framer.feed(raw[at : at + 65_536])) for at in range(0, len(raw), 65_536)]
    return sum(frames) + len(framer.cut)


STREAMS: dict[str, Callable[[], bytes]] = {
    "frames begun": partial(filled, "", "\x0b"),
    "frames begun anew": partial(filled, "", "\x0bA"),
    "empty frames": partial(filled, "", "\x0b\x1c"),
    "frames that end": partial(filled, "", "\x1c"),
    "noise": partial(filled, "", " "),
    "a frame without end": partial(filled, "\x0b", "a"),
}
