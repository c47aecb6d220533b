"""The OpenAPI documents say what a client library wants to know."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from deploy.catalogue import answering, unstarted
from deploy.routes import app_of
from shared.problem_types import all_problems

Schema = dict[str, Any]
DOCUMENTS: dict[str, Schema] = {
    service.name: app_of(service, unstarted()).openapi() for service in answering(unstarted())
}
PACKAGES = {service.name: service.package for service in answering(unstarted())}
OPERATIONS = [
    pytest.param(name, document, path, method, operation, id=f"{name} {method} {path}")
    for name, document in DOCUMENTS.items()
    for path, methods in document["paths"].items()
    for method, operation in methods.items()
]
VERBS = {
    "ask", "assign", "break", "call", "cancel", "confirm", "count", "decide", "delete", "end", "fill", "find", "get",
    "list", "lock", "merge", "name", "note", "open", "place", "post", "prepare", "propose", "put", "redrive",
    "report", "request", "resolve", "retry", "save", "search", "send", "set", "settle", "start", "stop", "unlock",
    "unmerge", "view", "withdraw",
}  # fmt: skip
every_operation = pytest.mark.parametrize(("name", "document", "path", "method", "operation"), OPERATIONS)


def answered(document: Schema, operation: Schema) -> Iterator[tuple[int, Schema]]:
    for status, answer in operation["responses"].items():
        named = answer.get("$ref", "").rpartition("/")[2]
        yield int(status), document["components"]["responses"][named] if named else answer


@every_operation
def test_an_operation_has_a_name_a_summary_a_tag_and_says_who_may_ask(
    name: str, document: Schema, path: str, method: str, operation: Schema
) -> None:
    assert operation["operationId"].partition("_")[0] in VERBS
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", operation["operationId"])
    assert operation["tags"]
    assert 0 < len(operation["summary"]) <= 120
    [[(scheme, scopes)]] = [list(each.items()) for each in operation["security"]]
    assert document["components"]["securitySchemes"][scheme]
    assert scheme == "signature" or [scope.count(":") for scope in scopes] == [1]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_two_operations_of_a_service_have_one_name(name: str) -> None:
    ids = [operation["operationId"] for each, *_, operation in (p.values for p in OPERATIONS) if each == name]
    assert len(ids) == len(set(ids))


@every_operation
def test_every_json_answer_has_a_model(name: str, document: Schema, path: str, method: str, operation: Schema) -> None:
    for status, answer in answered(document, operation):
        for media, content in answer.get("content", {}).items():
            if status < 300 and media == "application/json":
                model = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
                assert model["type"] == "object"
                assert "additionalProperties" not in model, "what is added within v1 must not break a client"
            assert content["schema"], (status, media)


@every_operation
def test_every_problem_is_named_and_has_that_status(
    name: str, document: Schema, path: str, method: str, operation: Schema
) -> None:
    types = all_problems(PACKAGES[name])
    for status, answer in answered(document, operation):
        if status >= 400:
            slugs = re.findall(r"^- `([a-z0-9-]+)`: ", answer["description"], re.MULTILINE)
            assert slugs
            assert [slug for slug in slugs if status not in types[slug].statuses] == []
            if problem := answer["content"].get("application/problem+json"):
                listed = problem["schema"]["allOf"][1]["properties"]["type"]["enum"]
                assert [each.rpartition("/")[2] for each in listed] == slugs


def test_the_headers_that_a_caller_may_send_are_described() -> None:
    headers = {
        (name, each["name"])
        for name, _, _, _, operation in (p.values for p in OPERATIONS)
        for each in operation.get("parameters", ())
        if each["in"] == "header"
    }
    assert headers >= {("complaints", "Idempotency-Key"), ("complaints", "purpose-of-use")}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_model_is_a_valid_schema_under_a_name_of_its_own(name: str) -> None:
    schemas = DOCUMENTS[name]["components"]["schemas"]
    assert [each for each in schemas if not re.fullmatch(r"[A-Za-z0-9]+", each)] == []
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
