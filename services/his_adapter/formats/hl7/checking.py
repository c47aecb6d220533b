"""Checks of a message before it is accepted. Pure, so that `careloop his` dry runs apply the same checks as MLLP."""

import re
from dataclasses import dataclass
from typing import Literal

from services.his_adapter.formats.common.shape import shape_of
from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.hl7 import translate
from services.his_adapter.formats.hl7.batch import Batch, split
from services.his_adapter.formats.hl7.message import Broken, Hl7Message, Segment
from services.his_adapter.formats.hl7.sizing import read
from services.his_adapter.formats.hl7.text import decoded
from shared.bounding import TooLong, cut
from shared.contracts.base import Part
from shared.contracts.bounds import MAX_CODE_CHARACTERS

MISSING = "101"
"""Table 0357: required field missing. 202 is an unsupported processing id, 203 a version, 207 an internal error."""
LONG = "102"
"""Table 0357: data type error."""
IDENTIFIER_FIELDS: translate.Places = (
    ("MSH", (3, 4, 9, 10)),
    ("PID", (2, 3, 4, 18)),
    ("PV1", (19,)),
    ("FT1", (2,)),
    ("ORC", (2, 3)),
)
"""Fields that hold identifiers, in any message type; `translate.needs` lists the fields each type requires."""
LONGEST_RAW = 64 * 1024
"""Longest identifier field that is parsed, in characters, including repetitions and escapes."""
DRY = "dry-run"
"""Message id used when a message is checked but not stored."""
_SECOND = re.compile(r"2(\.[\w.]*)?")
MessageVerdict = Literal["translated", "not-ours", "refused"]


class Rejected(Broken):
    """The message is well-formed but not meant for this site; answered with AR."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Result of checking one message: its `text`, its type (`kind`, MSH-9), and its facts or the reason it has none."""

    verdict: MessageVerdict
    kind: str = ""
    reason: str = ""
    facts: tuple[Part, ...] = ()
    text: str = ""


def batch(raw: bytes, site: Site) -> Batch:
    """Decode a frame and split it into messages. Raises `Broken`."""
    return split(*decoded(raw, site.charset))


def check(message: Hl7Message, site: Site) -> None:
    """Check that a message is complete and meant for this site. Raises `Broken` (AE) or `Rejected` (AR)."""
    for field, label in ((9, "message type"), (10, "control id")):
        if not message.get(f"MSH-{field}"):
            raise Broken(f"the {label} is required", "MSH", field, MISSING)
    if message.get("MSH-11") and message.get("MSH-11").upper() not in site.processing_ids:
        raise Rejected(
            f"MSH-11 is {shape_of(message.get('MSH-11'))}, this site takes {site.processing_ids}", "MSH", 11, "202"
        )
    if site.receivers and not {message.get("MSH-5"), message.get("MSH-6")} & set(site.receivers):
        raise Rejected(f"MSH-5 is {shape_of(message.get('MSH-5'))}, this site takes {site.receivers}", "MSH", 5, "207")
    version = message.get("MSH-12").upper().removeprefix("V")
    if version and not (version in site.versions if site.versions else _SECOND.fullmatch(version)):
        taken = f"this site takes {site.versions}" if site.versions else "only HL7 version 2 is spoken here"
        raise Rejected(f"MSH-12 is {shape_of(message.get('MSH-12'))}: {taken}", "MSH", 12, "203")
    for places in translate.needs(message.type):
        if not any(message.first(name).raw(field) for name, fields in places for field in fields):
            name, fields = places[0]
            raise Broken(f"{name}-{fields[0]} is required in {message.type}", name, fields[0], MISSING)
    _bounded(message)


def _bounded(message: Hl7Message) -> None:
    """Raise `Broken` if an identifier field is longer than `MAX_CODE_CHARACTERS` characters."""
    needed = [place for places in translate.needs(message.type) for place in places]
    for name, fields in (*IDENTIFIER_FIELDS, *needed):
        for segment in message.all(name):
            for number in fields:
                if len(segment.raw(number)) > MAX_CODE_CHARACTERS and _longest(segment, number) > MAX_CODE_CHARACTERS:
                    raise Broken(f"{name}-{number} has more than {MAX_CODE_CHARACTERS} characters", name, number, LONG)


def _longest(segment: Segment, number: int) -> int:
    """Length of the longest component of a field; a field over `LONGEST_RAW` counts as too long without parsing it."""
    if len(segment.raw(number)) > LONGEST_RAW:
        return MAX_CODE_CHARACTERS + 1
    return max((len(field.get(part)) for field in segment.repetitions(number) for part in range(1, 11)), default=0)


def judge(raw: bytes, site: Site, site_key: bytes) -> list[Judged]:
    """Check and translate every message in these bytes without storing anything."""
    try:
        texts = batch(raw, site).messages
    except Broken as error:
        return [Judged("refused", "", error.detail)]
    return [_judge_one(text, site, site_key) for text in texts]


def translated_parts(message: Hl7Message, site: Site, site_key: bytes) -> list[Part]:
    """Translate a message into facts about patients and directory entries, without storing it. Raises `Broken`."""
    try:
        facts = [cut(fact)[0] for fact in translate.facts(site_key, site, message, DRY)]
        return [*facts, *translate.entries(site_key, site, message, DRY)]
    except TooLong as error:
        raise Broken(str(error)) from error


def _judge_one(text: str, site: Site, site_key: bytes) -> Judged:
    kind = ""
    try:
        message = read(text)
        kind = message.type
        check(message, site)
        facts = translated_parts(message, site, site_key)
    except Broken as error:
        return Judged("refused", kind, error.detail, text=text)
    return Judged("translated" if translate.is_ours(kind) else "not-ours", kind, "", tuple(facts), text)
