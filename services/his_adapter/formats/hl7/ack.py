"""Acknowledgements (HL7 v2 chapter 2.9): AA, AE, AR, with ERR naming segment and field."""

from datetime import datetime
from typing import Literal

from services.his_adapter.formats.hl7.message import Broken, Delimiters, Message, escape

USUAL = Delimiters("|", "^", "~", "\\", "&")
Code = Literal["AA", "AE", "AR", "CA", "CE", "CR"]


COMMIT: dict[Code, Code] = {"AA": "CA", "AE": "CE", "AR": "CR"}


def mode(message: Message | None, code: Code) -> Code:
    """The code as the sender asked for it: a commit acknowledgement where MSH-15 wants one (enhanced mode).

    Who wants none at all is answered as in original mode: an MLLP client that waits would send for ever.
    """
    return COMMIT.get(code, code) if _wanted(message.get("MSH-15").upper() if message else "", code) else code


def _wanted(condition: str, code: Code) -> bool:
    """Table 0155: AL always, NE never, SU on success, ER on refusal; what is no such code is taken as AL."""
    known = {"": False, "NE": False, "SU": code == "AA", "ER": code != "AA"}
    return known.get(condition, True)


def ack(
    message: Message | None, code: Code, now: datetime, error: Broken | None = None, charset: str = "utf-8"
) -> bytes:
    """The answer in the charset of its message; MSA-2 repeats MSH-10 exactly, sender and receiver swap places."""
    head = message.first("MSH") if message else None
    field = head.raw if head else lambda number: ""
    control = field(10) or "UNKNOWN"
    version = field(12) or "2.5"
    event = message.get("MSH-9.2") if message else ""
    kind = f"ACK^{event}^ACK" if event else "ACK"
    stamp = now.strftime("%Y%m%d%H%M%S%z")
    marks, bar = (field(2) or "^~\\&"), (message.delimiters.field if message else "|")
    if bar != "|" or marks[:1] != "^":
        kind = kind.replace("^", marks[0])
    sender = bar.join([field(5), field(6), field(3), field(4)])
    msh = ["MSH", marks, sender, stamp, "", kind, f"A{control}"[:199], field(11) or "P", version]
    said_in = [""] * 5 + ["UNICODE UTF-8" if charset == "utf-8" else field(18)] if field(18) else []
    lines = [bar.join([*msh, *said_in]), bar.join(["MSA", code, control])]
    if error:
        text = escape(str(error), message.delimiters if message else USUAL)
        where = marks[0].join([error.segment, "1", str(error.field)]) if error.field else error.segment
        lines.append(bar.join(["ERR", "", where, error.code, "E", "", "", text]))
    return "\r".join([*lines, ""]).encode(charset, "replace")
