"""Limits of one message, for the parts that cost far more memory and time than their bytes suggest."""

from services.his_adapter.formats.hl7.message import Broken, Hl7Message, breaks, parse

MAX_SEGMENTS, MAX_FIELDS = 50_000, 2_000_000
"""A day of monitoring has about 15,000 OBX segments; an empty field is one byte and takes eight in memory."""
MAX_REPETITIONS = 100_000
"""A field of a long report repeats a few thousand times."""
_FACT_SEGMENTS = frozenset(("PID", "DG1", "AL1", "IAM", "PR1", "IN1", "FT1", "OBR", "ORC"))
_MAX_FACTS = 10_000
"""Segments that may become facts: each is an event of at least 1 KiB."""
MAX_SHARED_SEGMENTS = 500_000
"""Limit of segments shared by all patients of a message, times the number of patients."""


def read(text: str) -> Hl7Message:
    """Parse an untrusted text. Raises `Broken`, also if it exceeds a limit."""
    ends = text.count("\r") + text.count("\n")
    if ends > MAX_SEGMENTS and sum(1 for _ in breaks(text).finditer(text)) > MAX_SEGMENTS:
        raise Broken(f"a message of more than {MAX_SEGMENTS} segments is not taken: send it in parts")
    if len(text) > MAX_FIELDS and text.count(text[3]) > MAX_FIELDS:
        raise Broken(f"a message of more than {MAX_FIELDS} fields is not taken: send it in parts")
    if len(text) > MAX_REPETITIONS and text.count(text[5]) > MAX_REPETITIONS:
        raise Broken(f"a message of more than {MAX_REPETITIONS} repetitions is not taken: send it in parts")
    message = parse(text)
    _check_size(message)
    return message


def _check_size(message: Hl7Message) -> None:
    names = [fields[0] for fields in message.segments]
    if sum(name in _FACT_SEGMENTS for name in names) > _MAX_FACTS:
        raise Broken(f"more than {_MAX_FACTS} things in one message are not taken: send them in parts", "MSH", 9)
    patients = names.count("PID")
    after = len(names) - names.index("RGS") if "RGS" in names else 0
    if patients > 1 and patients * (names.index("PID") + after) > MAX_SHARED_SEGMENTS:
        raise Broken("what is said of every patient is said too often: send a message for each patient", "PID", 3)
