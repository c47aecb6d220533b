"""Batches (HL7 v2 chapter 2.10.3): FHS and BHS around messages, or several messages one after the other."""

import re
from dataclasses import dataclass

from services.his_adapter.formats.hl7.message import Broken, lines

_COUNT = re.compile(r"[0-9]{1,9}")
_SEVERAL = re.compile(r"[\r\n](MSH|BTS|FTS)|^(BHS|FHS)")
_FRAMING = str.maketrans("\x0b\x1c", "\r\r")  # of MLLP, in files and over HTTP
LINES, MESSAGES = 500_000, 50_000
"""How many a batch may have: one of 16 MiB has not as many, of the smallest there are."""
_WRAPPERS = ("FHS", "BHS", "BTS", "FTS")


@dataclass(frozen=True, slots=True)
class Batch:
    """`messages` as they stand; `head` is the batch header where there is one, `trouble` what its trailer denies.

    `charset` is what it was written in, and is answered in.
    """

    messages: list[str]
    head: str = ""
    trouble: str = ""
    charset: str = "utf-8"

    def answer(self, acks: list[bytes]) -> bytes:
        """The acknowledgements as the batch came: wrapped if it was wrapped."""
        if not self.head:
            return b"".join(acks)
        bar, marks = self.head[3], self.head[4:].split(self.head[3], 1)[0]
        wrapped = [f"BHS{bar}{marks}\r".encode(), *acks, f"BTS{bar}{len(acks)}\r".encode()]
        return b"".join(wrapped)


def split(text: str, charset: str = "utf-8") -> Batch:
    """The messages in what one frame or file held. Raises `Broken` where there is none."""
    body = text.translate(_FRAMING).strip("\r\n\x00 \ufeff")
    if not _SEVERAL.search(body):
        return Batch([body], charset=charset)
    if body.count("\r") + body.count("\n") > LINES:
        raise Broken(f"a batch of more than {LINES} lines is not taken: send it in parts")
    head, told, messages = "", 0, list[list[str]]()
    for line in lines(body):
        name = line[:3]
        if name in _WRAPPERS:
            head = head or (line if name in ("FHS", "BHS") and len(line) > 4 else "")
            if name == "BTS":
                told += int(said) if _COUNT.fullmatch(said := line[4:].split(line[3:4] or "|")[0]) else 0
        elif name == "MSH":
            messages.append([line])
        elif messages:
            messages[-1].append(line)
        else:
            raise Broken("something stands before the first MSH segment")
    if len(messages) > MESSAGES:
        raise Broken(f"a batch of more than {MESSAGES} messages is not taken: send it in parts")
    if not messages:
        raise Broken("the batch holds no message: no line starts with MSH")
    trouble = f"BTS-1 says {told} messages, the batch holds {len(messages)}" if told and told != len(messages) else ""
    return Batch(["\r".join(each) for each in messages], head, trouble, charset)
