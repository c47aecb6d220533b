"""Parse untrusted XML: no DTD, entities or external references. Elements are addressed by local name."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

DEPTH, ELEMENTS, ATTRIBUTES = 100, 100_000, 400_000
"""Limits of depth, elements and attributes; a document about a stay of months has a few thousand elements."""
MAX_CHARACTERS = 100_000
"""Longest text of one element that is read: each enclosing element contains the same text again."""
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
_HEAD = re.compile(r"^\s*<\?xml[^>]*\?>")
_CHARSETS = {
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "cp936", "x-gbk"), "gb18030"),
    **{name: name for name in ("utf-8", "utf-16", "us-ascii", "iso-8859-1", "windows-1252", "big5")},
    "utf8": "utf-8",
}
"""Allowed encoding declarations and their Python codecs."""


class NotXml(Exception):
    """The text cannot be parsed; the message says why and names the line."""


def text_of(raw: bytes) -> str:
    """Decode a document by its declaration, else as UTF-8, else as GB18030. Raises `NotXml`."""
    body, declared = raw.removeprefix(b"\xef\xbb\xbf"), charset_of(raw)
    for charset in dict.fromkeys([declared, "utf-8", "gb18030"]):
        try:
            return _HEAD.sub("", body.decode(charset), count=1)
        except UnicodeError:
            continue
    raise NotXml(f"the bytes are neither {declared}, UTF-8 nor GB18030: declare the encoding")


def charset_of(raw: bytes) -> str:
    """Return the Python codec of the declared encoding; UTF-8 without an allowed declaration."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    declaration = _DECLARATION.match(raw[:200].removeprefix(b"\xef\xbb\xbf"))
    return _CHARSETS.get(declaration[1].decode().lower(), "utf-8") if declaration else "utf-8"


def parse(text: str) -> Element:
    """Parse a text and return the root element. Raises `NotXml`, also for a DTD, entities, or exceeded limits.

    Limits are checked while parsing, so that an oversized document stops early.
    """
    if text.count("=") > ATTRIBUTES:  # the parser reports attributes only after reading all of an element
        raise NotXml(f"it has more than {ATTRIBUTES} attributes")
    parser = DefusedXMLParser(target=_Counting(), forbid_dtd=True)
    try:
        parser.feed(_HEAD.sub("", text, count=1))
        root: Element = parser.close()
    except ParseError as error:
        raise NotXml(f"it is no XML: {error}") from error
    except DefusedXmlException as error:
        raise NotXml("a DTD or an entity is not taken: send the document without") from error
    except ValueError as error:
        raise NotXml("it is no XML: it holds characters that XML has not") from error
    return root


class _Counting(TreeBuilder):
    """Tree builder that raises `NotXml` when the document exceeds a limit."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> Element:
        """Start of an element; checks the limits."""
        self._depth, self._elements = self._depth + 1, self._elements + 1
        if self._depth > DEPTH:
            raise NotXml(f"its elements are nested more than {DEPTH} deep")
        if self._elements > ELEMENTS:
            raise NotXml(f"it has more than {ELEMENTS} elements")
        return super().start(tag, attributes)

    def end(self, tag: str) -> Element:
        """End of an element."""
        self._depth -= 1
        return super().end(tag)


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def every(element: Element | None, path: str) -> Iterator[Element]:
    """Yield elements at a path of local names (`a/b`); `**/a` matches `a` at any depth."""
    if element is None:
        return
    head, _, rest = path.partition("/")
    if head == "**":
        name, _, rest = rest.partition("/")
        matches = [inner for inner in element.iter() if inner is not element and local(inner) == name]
    else:
        matches = [child for child in element if local(child) == head]
    for match in matches:
        if rest:
            yield from every(match, rest)
        else:
            yield match


def first(element: Element | None, path: str) -> Element | None:
    """Return the first element at a path, else None."""
    return next(every(element, path), None)


def attribute(element: Element | None, path: str, name: str = "value") -> str:
    """Return an attribute of the first element at a path; "" if there is none."""
    target = first(element, path) if path else element
    return target.get(name, "").strip() if target is not None else ""


def text_at(element: Element | None, path: str) -> str:
    """Return the text of the first element at a path, with that of its descendants."""
    target = first(element, path)
    return text_below(target) if target is not None else ""


def text_below(element: Element) -> str:
    """Return the text of an element and its descendants, at most `MAX_CHARACTERS` characters, whitespace normalized."""
    parts, left = [], MAX_CHARACTERS
    for part in element.itertext():
        parts.append(part[:left])
        left -= len(parts[-1])
        if not left:
            break
    return " ".join("".join(parts).split())
