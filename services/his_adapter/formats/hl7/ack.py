"""Write acknowledgements (HL7 v2 chapter 2.9): AA, AE or AR, with an ERR segment that names segment and field."""

from datetime import datetime
from typing import Literal

from services.his_adapter.formats.hl7.message import Broken, Delimiters, Hl7Message, escape

USUAL = Delimiters("|", "^", "~", "\\", "&")
AckCode = Literal["AA", "AE", "AR", "CA", "CE", "CR"]


COMMIT: dict[AckCode, AckCode] = {"AA": "CA", "AE": "CE", "AR": "CR"}


def mode(message: Hl7Message | None, code: AckCode) -> AckCode:
    """Return the commit code (CA, CE, CR) if MSH-15 asks for a commit acknowledgement (enhanced mode), else `code`.

    A sender that asks for no acknowledgement is answered as in original mode: an MLLP client that waits for an answer
    would otherwise send the message again for ever.
    """
    condition = message.get("MSH-15").upper() if message else ""
    return COMMIT.get(code, code) if _wants_commit(condition, code) else code


def _wants_commit(condition: str, code: AckCode) -> bool:
    """Table 0155: AL always, NE never, SU on success, ER on error; an unknown condition is treated as AL."""
    wanted = {"": False, "NE": False, "SU": code == "AA", "ER": code != "AA"}
    return wanted.get(condition, True)


def ack(
    message: Hl7Message | None, code: AckCode, now: datetime, error: Broken | None = None, charset: str = "utf-8"
) -> bytes:
    """Return the acknowledgement, encoded in `charset` (that of the acknowledged message).

    MSA-2 repeats MSH-10 exactly; sending and receiving application and facility are swapped. `message` is None when
    not even its header could be parsed; `error` adds an ERR segment.
    """
    msh_in = message.first("MSH") if message else None
    field_of = msh_in.raw if msh_in else lambda number: ""
    control = field_of(10) or "UNKNOWN"
    version = field_of(12) or "2.5"
    event = message.get("MSH-9.2") if message else ""
    message_type = f"ACK^{event}^ACK" if event else "ACK"
    stamp = now.strftime("%Y%m%d%H%M%S%z")
    encoding, separator = (field_of(2) or "^~\\&"), (message.delimiters.field if message else "|")
    if separator != "|" or encoding[:1] != "^":
        message_type = message_type.replace("^", encoding[0])
    sender = separator.join([field_of(5), field_of(6), field_of(3), field_of(4)])
    msh = ["MSH", encoding, sender, stamp, "", message_type, f"A{control}"[:199], field_of(11) or "P", version]
    charset_fields = [""] * 5 + ["UNICODE UTF-8" if charset == "utf-8" else field_of(18)] if field_of(18) else []
    lines = [separator.join([*msh, *charset_fields]), separator.join(["MSA", code, control])]
    if error:
        text = escape(str(error), message.delimiters if message else USUAL)
        location = encoding[0].join([error.segment, "1", str(error.field)]) if error.field else error.segment
        lines.append(separator.join(["ERR", "", location, error.code, "E", "", "", text]))
    return "\r".join([*lines, ""]).encode(charset, "replace")
