"""FHIR servers and SOAP clients read in the OpenAPI document what they may be refused with, each in its own format."""

import re
from typing import Any

import pytest
from starlette.requests import Request

from deploy.catalogue import load, unstarted
from deploy.routes import app_of
from services.his_adapter.formats.cda.soap import SoapRoute
from services.his_adapter.formats.fhir.api import FhirRoute
from shared.bus.producer import RecordTooLarge
from shared.bus.writing import TooLarge

DOCUMENT: Any = app_of(load("his_adapter", unstarted()), unstarted()).openapi()
ERASED, SENDER, INVALID = (
    (503, "erased-meanwhile"),
    (403, "sender-unknown"),
    ((400, "fhir-invalid"), (422, "fhir-invalid")),
)
SENT = {ERASED, SENDER, *INVALID, (415, "media-type-unsupported"), (413, "too-large"), (503, "log-away")}
ENVELOPE = {(status, "envelope-invalid") for status in (400, 500)} | {(500, "envelope-not-stored")}
REFUSALS = {
    ("post", "/v1/fhir"): SENT,
    ("post", "/v1/fhir/{kind}"): SENT,
    ("put", "/v1/fhir/{kind}/{id}"): SENT,
    ("delete", "/v1/fhir/{kind}/{id}"): {ERASED, SENDER, (503, "log-away")},
    ("post", "/v1/soap"): {ERASED, SENDER, *ENVELOPE},
}


def described(method: str, path: str) -> set[tuple[int, str]]:
    """Status and slug of every refusal that an operation names."""
    answers = DOCUMENT["paths"][path][method]["responses"].items()
    named = {status: answer["$ref"].rpartition("/")[2] for status, answer in answers if "$ref" in answer}
    texts = {status: DOCUMENT["components"]["responses"][name]["description"] for status, name in named.items()}
    return {(int(status), slug) for status, text in texts.items() for slug in re.findall(r"^- `([a-z-]+)`", text, re.M)}


@pytest.mark.parametrize("operation", REFUSALS, ids=" ".join)
def test_an_operation_names_what_it_refuses(operation: tuple[str, str]) -> None:
    assert REFUSALS[operation] - described(*operation) == set()


@pytest.mark.parametrize("error", [TooLarge(["m"]), RecordTooLarge("careloop.his-adapter.raw.v1", 2, 1)])
async def test_what_is_too_large_to_be_kept_is_refused_in_the_format_of_its_protocol(error: Exception) -> None:
    request = Request({"type": "http", "headers": [(b"content-type", b"application/soap+xml")]})
    as_fhir, as_soap = [await route.worded(Any, request, error) for route in (FhirRoute, SoapRoute)]  # type: ignore[arg-type]
    assert as_fhir
    assert as_soap
    assert b"too-long" in as_fhir.body
    assert b"nothing was taken" in as_soap.body
    assert (as_fhir.status_code, as_soap.status_code) == (413, 400)
