"""The head of a SOAP envelope, and no more of it: the password of its UsernameToken."""

import re
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from services.his_adapter.formats.cda.xml import charset_of

_PASSWORD = ["Envelope", "Header", "Security", "UsernameToken", "Password"]
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


class _Ended(Exception):
    """The header was read: `token` is what it holds."""

    def __init__(self, token: str) -> None:
        self.token = token


class _Head:
    """A parser's target that keeps nothing but where it is, and the password's text."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._text: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins; with the Body the header is over."""
        self._path.append(tag.rpartition("}")[2])
        if self._path[1:2] == ["Body"]:
            raise _Ended("")

    def end(self, tag: str) -> None:
        """An element ends."""
        if self._path == _PASSWORD:
            raise _Ended("".join(self._text).strip())
        self._path.pop()

    def data(self, text: str) -> None:
        """Text between tags."""
        if self._path == _PASSWORD:
            self._text.append(text)

    def close(self) -> None:
        """The document is over."""


def token_in(head: bytes) -> str | None:
    """The token in the beginning of an envelope; "" where it has none, None where it is not over yet."""
    text = head.removeprefix(b"\xef\xbb\xbf").decode(charset_of(head), errors="ignore")
    parser: Any = DefusedXMLParser(target=_Head(), forbid_dtd=True)
    try:
        parser.feed(_DECLARATION.sub("", text, count=1))
    except _Ended as ended:
        return ended.token
    except (ParseError, DefusedXmlException, ValueError):
        return ""
    return None
