"""Bytes to text, per message and never per field: MSH-18, else strict UTF-8, else what the site says (GB18030)."""

import codecs
import re

from services.his_adapter.formats.common.shape import shape_of
from services.his_adapter.formats.hl7.message import Broken

CHARSETS = {  # HL7 table 0211, and what systems write instead
    **dict.fromkeys(("UNICODE UTF-8", "UTF-8", "UTF8", "UNICODE"), "utf-8"),
    "ASCII": "ascii",
    **{f"8859/{part}": f"iso8859-{part}" for part in range(1, 17) if part != 12},
    **{f"ISO-8859-{part}": f"iso8859-{part}" for part in range(1, 17) if part != 12},
    **{f"{name}{page}": f"cp{page}" for name in ("WINDOWS-", "CP", "WINDOWS") for page in range(1250, 1259)},
    "ISO IR87": "iso2022_jp",
    "ISO IR159": "iso2022_jp_1",
    **dict.fromkeys(("GB 18030-2000", "GB18030", "GBK", "GB2312"), "gb18030"),
    **dict.fromkeys(("BIG-5", "BIG5"), "big5"),
    "KS X 1001": "euc-kr",
}
NAMES_BYTES = 200
"""How much of MSH-18 is looked at: more than the longest three names of table 0211."""
_HEAD = re.compile(rb"MSH([^A-Za-z0-9\s])([^\r\n]*)")


class Undecodable(Broken):
    """No character set fits; the text says which were tried."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, "MSH", 18)


def decode(raw: bytes, otherwise: str = "gb18030") -> str:
    """As `decoded`, the text alone."""
    return decoded(raw, otherwise)[0]


def decoded(raw: bytes, otherwise: str = "gb18030") -> tuple[str, str]:
    """The message's text, without a byte-order mark (which outdoes MSH-18), and the charset it was written in.

    A declared set of single bytes is not believed of what is valid UTF-8: no text of theirs is, by chance.
    `otherwise` is what undeclared text is that is not UTF-8.
    Raises `Undecodable`, also for a declared set that is not known: guessing would change what it says.
    """
    body = raw.removeprefix(codecs.BOM_UTF8)
    tried: list[str] = []
    for charset in ["utf-8"] if len(body) < len(raw) else _likely(body, otherwise):
        try:
            return body.decode(charset), charset
        except UnicodeDecodeError:
            tried.append(charset)
    raise Undecodable(f"the bytes are not {', '.join(tried)}: declare the character set in MSH-18 (HL7 table 0211)")


def _likely(body: bytes, otherwise: str) -> list[str]:
    declared = _declared(body)
    first = ["utf-8", *declared] if all(map(_is_single, declared)) else [*declared, "utf-8"]
    return list(dict.fromkeys([*first, otherwise]))


def _declared(body: bytes) -> list[str]:
    """The charset of MSH-18 of the first message; the header itself is ASCII in every charset we know."""
    head = _HEAD.search(body)
    fields = head[2].split(head[1], 17) if head else []
    parts = re.split(rb"[^ -/0-9A-Za-z.]", fields[16][:NAMES_BYTES]) if len(fields) > 16 else []
    names = [name for part in parts if (name := part.decode().strip().upper())]
    for name in names:
        if name not in CHARSETS and not body.isascii():
            raise Undecodable(
                f"MSH-18 declares {shape_of(name)}, which is not known here: use a name of HL7 table 0211"
            )
    known = [CHARSETS[name] for name in names if name in CHARSETS]
    return sorted(known, key=_is_single)


def _is_single(charset: str) -> bool:
    """Whether every character of a set is one byte."""
    return charset.startswith(("ascii", "iso8859", "cp"))
