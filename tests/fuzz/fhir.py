"""FHIR made to cost: many values, deep ones, and small bundles that become large."""

from functools import partial
from typing import Any

import orjson

from services.his_adapter.formats import meaning
from services.his_adapter.formats.fhir.bundle import BundleEntry, unpack
from services.his_adapter.formats.fhir.intake import _read
from services.his_adapter.formats.fhir.resource import Invalid, load
from services.his_adapter.formats.whose import of_refused
from tests.fuzz import FULL, LARGE
from tests.fuzz.hl7 import filled
from tests.support.fhir import KEY, SITE, patient, received


def bundle(*resources: dict[str, Any]) -> bytes:
    """A batch of resources."""
    entries = [{"request": {"method": "POST", "url": each["resourceType"]}, "resource": each} for each in resources]
    return orjson.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries})


def naming(times: int, more: dict[str, Any]) -> bytes:
    """A bundle of reports that all name the same result."""
    subject = {"reference": "Patient/p1"}
    result = {"resourceType": "Observation", "id": "o", "status": "final", "subject": subject, "code": {"text": "K"}}
    report = {"resourceType": "DiagnosticReport", "status": "final", "subject": subject, "code": {"text": "CT"}}
    named = [{"reference": "Observation/o"}]
    return bundle(result | more, *({**report, "id": f"r{n}", "result": named} for n in range(times)))


def contained(count: int) -> bytes:
    """An appointment whose participants all refer to contained patients."""
    inner = [{"resourceType": "Patient", "id": f"i{n}"} for n in range(count)]
    participants = [{"actor": {"reference": f"#i{n}"}, "status": "accepted"} for n in range(count)]
    booked = {
        "resourceType": "Appointment",
        "id": "a",
        "status": "booked",
        "contained": inner,
        "participant": participants,
    }
    return orjson.dumps(booked)


def linked(count: int) -> bytes:
    """A patient with 100 phones who replaces `count` other patients."""
    links = [{"other": {"reference": f"Patient/q{n}"}, "type": "replaces"} for n in range(count)]
    phones = [{"system": "phone", "value": f"{n:0>190}"} for n in range(100)]
    return orjson.dumps(patient(link=links, telecom=phones))


def one_for_all(count: int) -> bytes:
    """A list with one contained patient of `count` numbers and `count` entries that refer to it."""
    numbers = [{"value": f"{n}"} for n in range(count)]
    inner = {"resourceType": "Patient", "id": "i", "identifier": numbers}
    return orjson.dumps({"resourceType": "List", "contained": [inner], "entry": [{"reference": "#i"}] * count})


PART = 1 if FULL else 6
"""How much of what is counted in values: each costs some 20 µs."""
HEAD = '{"resourceType":"Patient","id":"1","x":'
ONES = {
    "values": partial(filled, f"{HEAD}[", "1,", "1]}"),
    "empty texts": partial(filled, f"{HEAD}[", '"",', "1]}"),
    "lists in lists": partial(filled, HEAD, "["),
    "deep lists": lambda: f"{HEAD}{'[' * 900}{']' * 900}}}".encode(),
    "deep objects": lambda: (HEAD + '{"a":' * 900 + "1" + "}" * 901).encode(),
    "deep extensions": lambda: (HEAD[:-4] + '"extension":[{"url":"u","extension":[' * 40 + "]}" * 40 + "}").encode(),
    "a text": partial(filled, f'{HEAD}"', "a", '"}'),
    "escapes": partial(filled, f'{HEAD}"', "\\u0041", '"}'),
    "digits": partial(filled, HEAD, "9", "}"),
    "names": partial(filled, '{"resourceType":"Patient","id":"1"', ',"name":[]', "}"),
    "a kind": partial(filled, '{"resourceType":"', "a", '"}'),
    "identifiers": lambda: orjson.dumps(patient(identifier=[{"value": f"{n}"} for n in range(90_000 // PART)])),
    "inner resources": partial(contained, 40_000 // PART),
    "links": partial(linked, 50_000 // PART),
}
BUNDLES = {
    "a large result that all name": partial(naming, 20_000 // PART, {"note": [{"text": "a" * 1_000_000}]}),
    "a result of many values that all name": partial(naming, 2_000 // PART, {"note": [{"text": "a"}] * 50_000}),
    "small entries": lambda: bundle(*(patient(id=f"p{n}") for n in range(12_000 // PART))),
    "empty entries": partial(filled, '{"resourceType":"Bundle","type":"batch","entry":[', "{},", "{}]}"),
    "deletions": lambda: orjson.dumps(
        {
            "resourceType": "Bundle",
            "type": "batch",
            "entry": [{"request": {"method": "DELETE", "url": f"Patient/{n}"}} for n in range(100_000 // PART)],
        }
    ),
    "deep lists": lambda: f'{{"resourceType":"Bundle","type":"batch","entry":[{"[" * 900}{"]" * 900}]}}'.encode(),
}


def read(raw: bytes) -> str:
    """How many facts one resource gives, or why it is refused."""
    try:
        resource = _read(raw)
        message = received(orjson.loads(orjson.dumps(resource)))
        return f"{len(meaning.facts_and_cuts(KEY, SITE, message))} facts"
    except (Invalid, meaning.Untranslatable) as error:
        return str(error)[:200]


def unpacked(raw: bytes) -> str:
    """How many entries a bundle has, or why it is refused."""
    try:
        entries = unpack(load(raw), "his", KEY)
        kept = sum(len(orjson.dumps(each.resource)) for each in entries if isinstance(each, BundleEntry))
        assert kept < 4 * (LARGE + (32 << 20))
        return f"{len(entries)} entries"
    except Invalid as error:
        return str(error)[:200]


NAMING = {
    "resources in each other": lambda: b'{"resourceType":"A","x":' * 900 + b"[%b{}]" % (b"{}," * 100_000) + b"}" * 900,
    "one for all": lambda: one_for_all(60_000 // PART),
}


def named(raw: bytes) -> str:
    """How many patients a refused resource is attributed to."""
    return f"{len(of_refused(KEY, SITE, 'fhir', raw, 'his'))} patients"
