"""Read the password of the UsernameToken from the beginning of a SOAP envelope, without parsing its Body."""

import re
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from services.his_adapter.formats.cda.xml import charset_of

_PASSWORD = ["Envelope", "Header", "Security", "UsernameToken", "Password"]
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


class _Ended(Exception):
    """Parsing reached the password or the Body; `token` is the password or ""."""

    def __init__(self, token: str) -> None:
        self.token = token


class _Head:
    """Parser target that keeps only the current path and the text of the password."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._text: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Start of an element; stops parsing at the Body."""
        self._path.append(tag.rpartition("}")[2])
        if self._path[1:2] == ["Body"]:
            raise _Ended("")

    def end(self, tag: str) -> None:
        """End of an element; stops parsing after the password."""
        if self._path == _PASSWORD:
            raise _Ended("".join(self._text).strip())
        self._path.pop()

    def data(self, text: str) -> None:
        """Text of an element."""
        if self._path == _PASSWORD:
            self._text.append(text)

    def close(self) -> None:
        """End of the document."""


def token_in(head: bytes) -> str | None:
    """Return the token in the first bytes of an envelope; "" if there is none, None if more bytes are needed."""
    text = head.removeprefix(b"\xef\xbb\xbf").decode(charset_of(head), errors="ignore")
    parser: Any = DefusedXMLParser(target=_Head(), forbid_dtd=True)
    try:
        parser.feed(_DECLARATION.sub("", text, count=1))
    except _Ended as ended:
        return ended.token
    except (ParseError, DefusedXmlException, ValueError):
        return ""
    return None
