"""Send stored bytes to his_adapter again: as HL7 v2, FHIR or CDA, detected from the bytes; and edit them as text."""

import base64
import codecs
import html
import re
from contextlib import suppress
from typing import Any

import httpx
import orjson

from services.his_adapter.formats.cda.envelope import SOAP11, TYPES
from services.his_adapter.formats.hl7.message import Broken, parse
from services.his_adapter.formats.hl7.text import Undecodable, decoded

HEADS = ("MSH", "FHS", "BHS")
"""The first segments of an HL7 message, file and batch."""


def as_text(raw: bytes) -> str:
    """Return refused bytes as text with one line per segment; what cannot be decoded is replaced."""
    try:
        text = decoded(raw)[0] if raw.removeprefix(codecs.BOM_UTF8).startswith(tuple(map(str.encode, HEADS))) else None
    except Undecodable:
        text = None
    return (raw.decode(errors="replace") if text is None else text).replace("\r\n", "\n").replace("\r", "\n")


def as_bytes(text: str) -> bytes:
    """Return repaired text as bytes to send: HL7 with its line ends, and marked as UTF-8 whatever MSH-18 says."""
    lines = text.strip().splitlines()
    if not lines or not lines[0].startswith(HEADS):
        return "\n".join(text.splitlines()).encode()
    return codecs.BOM_UTF8 + "".join(f"{line}\r" for line in lines).encode()


def spoken_for(raw: bytes, key: str) -> tuple[str, ...]:
    """Return the senders of the bytes: of HL7 v2 from MSH, else `key`, the key of the dead letter."""
    text = raw.lstrip(b"\xef\xbb\xbf \r\n\t")
    if text.startswith((b"{", b"<")):
        return (key,) if key else ()
    heads = [line.decode("latin-1") for line in text.splitlines() if line.startswith(b"MSH")]
    with suppress(Broken):
        return tuple(dict.fromkeys(parse(head, whole=False).sender for head in heads))
    return ()


def resend(http: httpx.Client, raw: bytes) -> tuple[bool, str]:
    """Send the bytes; return whether they were accepted, and a line with the answer."""
    if raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return _fhir(http, raw)
    if raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return _document(http, raw)
    answer = http.post("/his/v1/hl7", content=raw)
    result = f"his_adapter answered {' '.join(answer.text.splitlines()[1:]) if answer.is_success else answer.text}"
    return answer.is_success and any(f"MSA|{code}|" in answer.text for code in ("AA", "CA")), result


def _document(http: httpx.Client, raw: bytes) -> tuple[bool, str]:
    """Send a document as base64, because it may use any charset."""
    message = f"<message>{base64.b64encode(raw).decode()}</message>"
    body = f'<s:Envelope xmlns:s="{SOAP11}"><s:Body><Redrive>{message}</Redrive></s:Body></s:Envelope>'
    answer = http.post("/his/v1/soap", content=body, headers={"content-type": TYPES[SOAP11]})
    answer_text = html.unescape(answer.text)
    words = " ".join(re.findall(r"<(?:text|faultstring)>(.*?)</", answer_text))
    return 'typeCode="AA"' in answer_text, f"his_adapter answered {answer.status_code} {words}".rstrip()


def _fhir(http: httpx.Client, raw: bytes) -> tuple[bool, str]:
    try:
        kind = str(orjson.loads(raw).get("resourceType", ""))
    except orjson.JSONDecodeError as error:
        return False, f"it is no JSON: {error}"
    path = "/his/v1/fhir" if kind in ("", "Bundle") else f"/his/v1/fhir/{kind}"
    answer = http.post(path, content=raw, headers={"content-type": "application/fhir+json"})
    body: dict[str, Any] = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    responses = [entry["response"] for entry in body.get("entry", ()) if "response" in entry]
    issues = [issue for part in responses for issue in part.get("outcome", {}).get("issue", ())] + body.get("issue", [])
    words = "; ".join(f"{', '.join(issue.get('expression', ()))}: {issue.get('diagnostics')}" for issue in issues)
    return answer.is_success and not issues, f"his_adapter answered {answer.status_code} {words}".rstrip()
