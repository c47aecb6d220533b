"""Decode a whole message: by MSH-18, else as strict UTF-8, else by the charset of the site (usually GB18030)."""

import codecs
import re

from services.his_adapter.formats.common.shape import shape_of
from services.his_adapter.formats.hl7.message import Broken

CHARSETS = {  # HL7 table 0211, and other names that systems send
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
"""Bytes of MSH-18 that are read: more than the three longest names of table 0211."""
_HEAD = re.compile(rb"MSH([^A-Za-z0-9\s])([^\r\n]*)")


class Undecodable(Broken):
    """The bytes are valid in no character set that was tried; the text names them."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, "MSH", 18)


def decode(raw: bytes, otherwise: str = "gb18030") -> str:
    """Return the text only; see `decoded`."""
    return decoded(raw, otherwise)[0]


def decoded(raw: bytes, otherwise: str = "gb18030") -> tuple[str, str]:
    """Return the message's text and its charset. A byte-order mark is removed and overrides MSH-18.

    If MSH-18 declares a single-byte charset but the bytes are valid UTF-8, UTF-8 wins: other text is practically never
    valid UTF-8. `otherwise` is the charset of undeclared text that is not UTF-8.
    Raises `Undecodable`, also for an unknown declared charset: guessing could change the text.
    """
    body = raw.removeprefix(codecs.BOM_UTF8)
    tried: list[str] = []
    for charset in ["utf-8"] if len(body) < len(raw) else _candidates(body, otherwise):
        try:
            return body.decode(charset), charset
        except UnicodeDecodeError:
            tried.append(charset)
    raise Undecodable(f"the bytes are not {', '.join(tried)}: declare the character set in MSH-18 (HL7 table 0211)")


def _candidates(body: bytes, otherwise: str) -> list[str]:
    declared = _declared(body)
    first = ["utf-8", *declared] if all(map(_is_single, declared)) else [*declared, "utf-8"]
    return list(dict.fromkeys([*first, otherwise]))


def _declared(body: bytes) -> list[str]:
    """Charsets of MSH-18 in the first message, multi-byte first; MSH is ASCII in every supported charset."""
    head = _HEAD.search(body)
    fields = head[2].split(head[1], 17) if head else []
    parts = re.split(rb"[^ -/0-9A-Za-z.]", fields[16][:NAMES_BYTES]) if len(fields) > 16 else []
    names = [name for part in parts if (name := part.decode().strip().upper())]
    for name in names:
        if name not in CHARSETS and not body.isascii():
            raise Undecodable(
                f"MSH-18 declares {shape_of(name)}, which is not known here: use a name of HL7 table 0211"
            )
    charsets = [CHARSETS[name] for name in names if name in CHARSETS]
    return sorted(charsets, key=_is_single)


def _is_single(charset: str) -> bool:
    """Whether every character of the charset is one byte."""
    return charset.startswith(("ascii", "iso8859", "cp"))
