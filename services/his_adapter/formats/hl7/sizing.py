"""How much one message may hold: what is counted here costs memory and time out of proportion to its bytes."""

from services.his_adapter.formats.hl7.message import Broken, Message, breaks, parse

SEGMENTS, FIELDS = 50_000, 2_000_000
"""A day of a monitor has some 15,000 OBX; an empty field is one byte that becomes eight."""
REPETITIONS = 100_000
"""A field of a long report repeats some thousand times."""
TELLING = frozenset(("PID", "DG1", "AL1", "IAM", "PR1", "IN1", "FT1", "OBR", "ORC"))
NEWS = 10_000
"""How many segments may be facts of their own: each becomes an event of a KiB or more."""
SHARED = 500_000
"""Segments that belong to every patient of a message, times the patients."""


def read(text: str) -> Message:
    """The message in a text from outside. Raises `Broken`, also where it is one that no hospital means."""
    ends = text.count("\r") + text.count("\n")
    if ends > SEGMENTS and sum(1 for _ in breaks(text).finditer(text)) > SEGMENTS:
        raise Broken(f"a message of more than {SEGMENTS} segments is not taken: send it in parts")
    if len(text) > FIELDS and text.count(text[3]) > FIELDS:
        raise Broken(f"a message of more than {FIELDS} fields is not taken: send it in parts")
    if len(text) > REPETITIONS and text.count(text[5]) > REPETITIONS:
        raise Broken(f"a message of more than {REPETITIONS} repetitions is not taken: send it in parts")
    message = parse(text)
    _proportionate(message)
    return message


def _proportionate(message: Message) -> None:
    names = [fields[0] for fields in message.segments]
    if sum(name in TELLING for name in names) > NEWS:
        raise Broken(f"more than {NEWS} things in one message are not taken: send them in parts", "MSH", 9)
    patients = names.count("PID")
    after = len(names) - names.index("RGS") if "RGS" in names else 0
    if patients > 1 and patients * (names.index("PID") + after) > SHARED:
        raise Broken("what is said of every patient is said too often: send a message for each patient", "PID", 3)
