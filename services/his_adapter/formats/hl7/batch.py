"""Batches (HL7 v2 chapter 2.10.3): messages wrapped in FHS and BHS, or several messages in a row."""

import re
from dataclasses import dataclass

from services.his_adapter.formats.hl7.message import Broken, lines

_COUNT = re.compile(r"[0-9]{1,9}")
_SEVERAL = re.compile(r"[\r\n](MSH|BTS|FTS)|^(BHS|FHS)")
_FRAMING = str.maketrans("\x0b\x1c", "\r\r")  # MLLP framing bytes that remain in files and HTTP bodies
MAX_LINES, MAX_MESSAGES = 500_000, 50_000
"""Upper limits of a batch; 16 MiB of the smallest possible messages stay below them."""
_WRAPPERS = ("FHS", "BHS", "BTS", "FTS")


@dataclass(frozen=True, slots=True)
class Batch:
    """The messages of one frame or file.

    `head` is the batch header segment, if any. `trouble` says that the count in BTS-1 differs from the messages read.
    `charset` is the character set of the batch and of its answer.
    """

    messages: list[str]
    head: str = ""
    trouble: str = ""
    charset: str = "utf-8"

    def answer(self, acks: list[bytes]) -> bytes:
        """Join the acknowledgements; wrap them in BHS and BTS if the batch had a header."""
        if not self.head:
            return b"".join(acks)
        separator, encoding = self.head[3], self.head[4:].split(self.head[3], 1)[0]
        wrapped = [f"BHS{separator}{encoding}\r".encode(), *acks, f"BTS{separator}{len(acks)}\r".encode()]
        return b"".join(wrapped)


def split(text: str, charset: str = "utf-8") -> Batch:
    """Split the text of one frame or file into messages. Raises `Broken` if it holds none or exceeds the limits."""
    body = text.translate(_FRAMING).strip("\r\n\x00 \ufeff")
    if not _SEVERAL.search(body):
        return Batch([body], charset=charset)
    if body.count("\r") + body.count("\n") > MAX_LINES:
        raise Broken(f"a batch of more than {MAX_LINES} lines is not taken: send it in parts")
    head, announced, messages = "", 0, list[list[str]]()
    for line in lines(body):
        name = line[:3]
        if name in _WRAPPERS:
            head = head or (line if name in ("FHS", "BHS") and len(line) > 4 else "")
            if name == "BTS":
                count = line[4:].split(line[3:4] or "|")[0]
                announced += int(count) if _COUNT.fullmatch(count) else 0
        elif name == "MSH":
            messages.append([line])
        elif messages:
            messages[-1].append(line)
        else:
            raise Broken("something stands before the first MSH segment")
    if len(messages) > MAX_MESSAGES:
        raise Broken(f"a batch of more than {MAX_MESSAGES} messages is not taken: send it in parts")
    if not messages:
        raise Broken("the batch holds no message: no line starts with MSH")
    differs = announced and announced != len(messages)
    trouble = f"BTS-1 says {announced} messages, the batch holds {len(messages)}" if differs else ""
    return Batch(["\r".join(message) for message in messages], head, trouble, charset)
