"""XML from elsewhere: no entities, no outside, whatever its encoding and prefixes. Elements are told by local name."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

DEPTH, ELEMENTS, ATTRIBUTES = 100, 100_000, 400_000
"""How deep and how many the elements of a document may be, and their attributes: a stay of months has some thousand."""
MOST_WORDS = 100_000
"""Characters of what stands below one element: elements in each other hold the same text again and again."""
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
_HEAD = re.compile(r"^\s*<\?xml[^>]*\?>")
_CHARSETS = {
    **dict.fromkeys(("gb2312", "gbk", "gb18030", "cp936", "x-gbk"), "gb18030"),
    **{name: name for name in ("utf-8", "utf-16", "us-ascii", "iso-8859-1", "windows-1252", "big5")},
    "utf8": "utf-8",
}
"""What may be declared, and how it is read: Python knows names that no document has any business with."""


class NotXml(Exception):
    """It cannot be read; the text says why and names the line."""


def text_of(raw: bytes) -> str:
    """The document's text, by its declaration, else UTF-8, else GB18030. Raises `NotXml`."""
    body, declared = raw.removeprefix(b"\xef\xbb\xbf"), charset_of(raw)
    for charset in dict.fromkeys([declared, "utf-8", "gb18030"]):
        try:
            return _HEAD.sub("", body.decode(charset), count=1)
        except UnicodeError:
            continue
    raise NotXml(f"the bytes are neither {declared}, UTF-8 nor GB18030: declare the encoding")


def charset_of(raw: bytes) -> str:
    """What a document says of its encoding, as Python names it; UTF-8 where it says nothing that it may."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    declaration = _DECLARATION.match(raw[:200].removeprefix(b"\xef\xbb\xbf"))
    return _CHARSETS.get(declaration[1].decode().lower(), "utf-8") if declaration else "utf-8"


def parse(text: str) -> Element:
    """The root element. Raises `NotXml`, also for what only an attacker writes: entities, a DTD, elements without end.

    Parsing holds nobody up for long: what is counted is refused as soon as it is too much.
    """
    if text.count("=") > ATTRIBUTES:  # the parser gives them only once it has them all
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
    """Builds the tree, as long as it is one that a hospital could mean."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> Element:
        """An element begins."""
        self._depth, self._elements = self._depth + 1, self._elements + 1
        if self._depth > DEPTH:
            raise NotXml(f"its elements are nested more than {DEPTH} deep")
        if self._elements > ELEMENTS:
            raise NotXml(f"it has more than {ELEMENTS} elements")
        return super().start(tag, attributes)

    def end(self, tag: str) -> Element:
        """An element ends."""
        self._depth -= 1
        return super().end(tag)


def local(element: Element) -> str:
    """The name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def every(element: Element | None, path: str) -> Iterator[Element]:
    """Elements at a path of local names (`a/b`); `**` before a name finds it at any depth below."""
    if element is None:
        return
    head, _, rest = path.partition("/")
    if head == "**":
        name, _, rest = rest.partition("/")
        found = [each for each in element.iter() if each is not element and local(each) == name]
    else:
        found = [each for each in element if local(each) == head]
    for each in found:
        if rest:
            yield from every(each, rest)
        else:
            yield each


def first(element: Element | None, path: str) -> Element | None:
    """The first element at a path."""
    return next(every(element, path), None)


def attribute(element: Element | None, path: str, name: str = "value") -> str:
    """An attribute of the first element at a path; "" where there is none."""
    found = first(element, path) if path else element
    return found.get(name, "").strip() if found is not None else ""


def words(element: Element | None, path: str) -> str:
    """The text of the first element at a path, and of all below it."""
    found = first(element, path)
    return text_below(found) if found is not None else ""


def text_below(element: Element) -> str:
    """The text of an element and of all below it, as far as it could be read."""
    parts, left = [], MOST_WORDS
    for part in element.itertext():
        parts.append(part[:left])
        left -= len(parts[-1])
        if not left:
            break
    return " ".join("".join(parts).split())
