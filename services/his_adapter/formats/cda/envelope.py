"""Read SOAP 1.1 and 1.2 requests and write responses in the version of the request. Pure."""

import base64
import binascii
import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from xml.etree.ElementTree import Element, tostring
from xml.sax.saxutils import escape

from services.his_adapter.formats.cda.xml import NotXml, first, local, parse, text_of
from shared.contracts.bounds import MAX_CODE_CHARACTERS

MAX_MESSAGES = 1000
"""Limit of the messages in one call."""
SOAP11, SOAP12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"
HERE = "urn:careloop:his:v1"
CR = {"\r": "&#13;"}
"""HL7 v2 segments end with CR, which an XML parser would turn into LF if it were not escaped."""
TYPES = {SOAP11: "text/xml; charset=utf-8", SOAP12: "application/soap+xml; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its SOAP version, its operation and the messages in it."""

    soap: str
    operation: str
    namespace: str
    messages: tuple[bytes, ...]


def call(raw: bytes) -> Call:
    """Parse a request. Raises `NotXml` if it is not a SOAP envelope."""
    root = parse(text_of(raw))
    namespace = str(root.tag).partition("}")[0].removeprefix("{")
    if local(root) != "Envelope" or namespace not in TYPES:
        raise NotXml("the root element is no SOAP 1.1 or 1.2 Envelope")
    operation = next(iter(first(root, "Body") or ()), None)
    if operation is None:
        raise NotXml("the SOAP Body is empty")
    name_parts = str(operation.tag).rpartition("}")
    if len(str(operation.tag)) > MAX_CODE_CHARACTERS:
        raise NotXml(f"the name of the operation and its namespace have more than {MAX_CODE_CHARACTERS} characters")
    return Call(
        soap=namespace,
        operation=name_parts[2],
        namespace=name_parts[0].removeprefix("{") or HERE,
        messages=_limited(_messages(operation)),
    )


def _limited(messages: Iterator[bytes]) -> tuple[bytes, ...]:
    limited = tuple(islice(messages, MAX_MESSAGES + 1))
    if len(limited) > MAX_MESSAGES:
        raise NotXml(f"it carries more than {MAX_MESSAGES} messages: send it in parts")
    return limited


def _documents(element: Element) -> Iterator[Element]:
    """Yield the documents below an element, without documents nested in another."""
    if local(element) == "ClinicalDocument":
        yield element
    else:
        for child in element:
            yield from _documents(child)


def _messages(operation: Element) -> Iterator[bytes]:
    """Yield the documents that are elements of the body, else messages in the text of parameters, plain or base64."""
    documents = list(_documents(operation))
    for document in documents:
        yield tostring(document, encoding="utf-8")
    if documents:
        return
    for leaf in operation.iter():
        if len(leaf) == 0 and (message := _message(leaf.text or "")):
            yield message


def _message(text: str) -> bytes:
    """Return the message in a parameter; b"" if it is something else (an action, a user name)."""
    plain = text.strip()
    if plain.startswith(("MSH", "FHS", "BHS")):
        # XML has decoded the text already: the byte-order mark makes the HL7 intake ignore MSH-18
        return codecs.BOM_UTF8 + plain.encode()
    if plain.startswith("<") and "ClinicalDocument" in plain:
        return plain.encode()
    try:
        decoded = base64.b64decode("".join(plain.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
    start = decoded.removeprefix(b"\xef\xbb\xbf").lstrip()
    is_message = start.startswith((b"MSH", b"FHS", b"BHS")) or b"ClinicalDocument" in decoded[:4000]
    return decoded if is_message else b""


def answer(to: Call, result: str) -> bytes:
    """Return the response to a call: `<operation>Result` contains the acknowledgement as text."""
    name, space = to.operation, escape(to.namespace, {'"': "&quot;"})
    inner = (
        f'<r:{name}Response xmlns:r="{space}"><r:{name}Result>{escape(result, CR)}</r:{name}Result></r:{name}Response>'
    )
    return _wrapped(to.soap, inner)


def fault(soap: str, reason: str, sender: bool = True) -> bytes:
    """Return a fault, caused by the sender or by us (then sending again may succeed)."""
    text = escape(reason)
    if soap == SOAP12:
        code = f"<s:Code><s:Value>s:{'Sender' if sender else 'Receiver'}</s:Value></s:Code>"
        return _wrapped(soap, f'<s:Fault>{code}<s:Reason><s:Text xml:lang="en">{text}</s:Text></s:Reason></s:Fault>')
    code = f"<faultcode>s:{'Client' if sender else 'Server'}</faultcode>"
    return _wrapped(SOAP11, f"<s:Fault>{code}<faultstring>{text}</faultstring></s:Fault>")


def _wrapped(soap: str, inner: str) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}<s:Envelope xmlns:s="{soap}"><s:Body>{inner}</s:Body></s:Envelope>'.encode()


def acknowledgement(id: str, code: str, detail: str = "") -> str:
    """Return an HL7 V3 accept acknowledgement (MCCI_IN000002UV01) of the document with this id."""
    text = f"<acknowledgementDetail><text>{escape(detail)}</text></acknowledgementDetail>" if detail else ""
    target = escape(id, {'"': "&quot;"})
    return (
        '<MCCI_IN000002UV01 xmlns="urn:hl7-org:v3" ITSVersion="XML_1.0">'
        f'<acknowledgement typeCode="{code}"><targetMessage><id extension="{target}"/></targetMessage>{text}'
        "</acknowledgement></MCCI_IN000002UV01>"
    )
