"""Bytes to text, per message and never per field: MSH-18, else strict UTF-8, else GB18030."""

import codecs

_CHARSETS = {
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "ASCII": "ascii",
    "8859/1": "latin-1",
    "GB 18030-2000": "gb18030",
    "GB18030": "gb18030",
    "GBK": "gb18030",
    "GB2312": "gb18030",
    "BIG-5": "big5",
}


class Undecodable(Exception):
    """No character set fits; the text says which were tried."""


def decode(raw: bytes) -> str:
    """The message's text, without a byte-order mark. Raises `Undecodable`."""
    body = raw.removeprefix(codecs.BOM_UTF8)
    tried = []
    for charset in dict.fromkeys([*_declared(body), "utf-8", "gb18030"]):
        try:
            return body.decode(charset)
        except UnicodeDecodeError:
            tried.append(charset)
    raise Undecodable(f"the bytes are not {', '.join(tried)}: declare the character set in MSH-18 (HL7 table 0211)")


def _declared(body: bytes) -> list[str]:
    """The charset of MSH-18; the header itself is ASCII in every charset we know."""
    line = body.split(b"\r", 1)[0].split(b"\n", 1)[0]
    fields = line.split(line[3:4]) if len(line) > 4 else []
    name = fields[17].split(b"~")[0].decode("ascii", "replace").strip().upper() if len(fields) > 17 else ""
    return [_CHARSETS[name]] if name in _CHARSETS else []
