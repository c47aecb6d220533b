"""SOAP and CDA made to cost."""

from functools import partial

from services.his_adapter.formats import meaning
from services.his_adapter.formats.cda.document import Document, Wrong
from services.his_adapter.formats.cda.envelope import call
from services.his_adapter.formats.cda.head import token_in
from services.his_adapter.formats.cda.intake import check
from services.his_adapter.formats.cda.xml import NotXml, parse, text_of
from shared.contracts.base import changed
from tests.fuzz import FULL, LARGE
from tests.fuzz.hl7 import filled
from tests.his_adapter.test_cda import SAMPLE
from tests.support.fhir import KEY, SITE, patient, received

PART = 1 if FULL else 4
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
BEGIN, END = f'<e:Envelope xmlns:e="{SOAP}"><e:Body><x>', "</x></e:Body></e:Envelope>"
DIAGNOSIS = '<observation><code code="DE05.01.024.00"/><value>'


def attributes(count: int) -> bytes:
    """One element with `count` attributes."""
    return f"{BEGIN}<a {' '.join(f'a{n}={chr(34)}1{chr(34)}' for n in range(count))}/>{END}".encode()


def namespaces(count: int) -> bytes:
    """`count` nested elements, each of which declares a namespace."""
    return f"{BEGIN}{''.join(f'<a xmlns:n{n}={chr(34)}u{n}{chr(34)}/>' for n in range(count))}{END}".encode()


CALLS = {
    "elements": partial(filled, BEGIN, "<a/>", END),
    "elements in each other": partial(filled, BEGIN, "<a>", END),
    "attributes": partial(attributes, 390_000),
    "attributes without end": partial(attributes, LARGE // 11),
    "namespaces": partial(namespaces, 99_000),
    "text": partial(filled, BEGIN, "a", END),
    "entities": partial(filled, BEGIN, "&amp;", END),
    "characters by number": partial(filled, BEGIN, "&#13;", END),
    "entities of its own": partial(filled, "<!DOCTYPE a [", "<!ENTITY b 'c'>", "]><a/>"),
    "comments": partial(filled, BEGIN, "<!--a-->", END),
    "instructions": partial(filled, BEGIN, "<?a b?>", END),
    "raw text": partial(filled, BEGIN, "<![CDATA[a]]>", END),
    "brackets": partial(filled, f"{BEGIN}<![CDATA[", "]", f"]]>{END}"),
    "a name": partial(filled, f'<e:Envelope xmlns:e="{SOAP}"><e:Body><', "x", "/></e:Body></e:Envelope>"),
    "a namespace": partial(filled, '<a xmlns="', "a", '"/>'),
    "a declaration": partial(filled, "<?xml ", "a"),
    "nothing": partial(filled, "", " "),
    "base64": partial(filled, BEGIN, "TVNI", END),
    "base64 in drops": partial(filled, BEGIN, "T ", END),
    "documents": partial(filled, BEGIN, "<ClinicalDocument/>", END),
    "documents in each other": partial(
        filled, BEGIN + "<ClinicalDocument>" * 90, "a", "</ClinicalDocument>" * 90 + END
    ),
    "messages": partial(filled, BEGIN, "<a>MSH|^~\\&amp;|A</a>", END),
}


def document(inner: str, count: int, closing: str = "") -> bytes:
    """A discharge summary with more in its first section, and text in the innermost of that."""
    at = SAMPLE.index("</section>")
    text = "a" * (LARGE - len(SAMPLE) * 2) if closing else ""
    return (SAMPLE[:at] + inner * count + text + closing * count + SAMPLE[at:]).encode()


def entries(inner: str, count: int) -> bytes:
    """A discharge summary with `count` entries of this content."""
    return document(f"<entry>{inner}</entry>", count)


DOCUMENTS = {
    "diagnoses in each other": partial(document, DIAGNOSIS, 40, "</value></observation>"),
    "procedures": partial(entries, '<procedure><code code="a" displayName="b"/></procedure>', 30_000 // PART),
    "diagnoses": partial(entries, f"{DIAGNOSIS}a</value></observation>", 22_000 // PART),
}


def called(raw: bytes) -> str:
    """How many messages a call of the web service holds, or why it is refused."""
    try:
        token_in(raw[:16_384])
        messages = call(raw).messages
        assert sum(map(len, messages)) <= 2 * len(raw)
        return f"{len(messages)} messages"
    except NotXml as error:
        return str(error)


def translated(raw: bytes) -> str:
    """How many facts a CDA document gives, or why it is refused."""
    try:
        text = text_of(raw)
        check(Document(KEY, SITE, parse(text)))
        message = changed(received(patient()), format="cda", message_type="C0053", text=text)
        return f"{len(meaning.facts_and_cuts(KEY, SITE, message))} facts"
    except (NotXml, Wrong, meaning.Untranslatable) as error:
        return str(error)
