"""Makes hostile requests from an OpenAPI description: valid in shape, with a wrong value in every place."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

TEXTS = [
    "",
    " ",
    "\0",
    "a\0b",
    "cut \ud83d",
    "\udfff",
    "😀",
    "\u202e\ufeff\uffff",
    "\r\n",
    "\x1c\x0b\x1f",
    "x" * 5000,
    "1" * 5000,
    "²",
    "é",
    "..",
    "%00",
    "$where",
    "a.b.c",
    "m.1.r",
    "|^~\\&",
    "{{ 7 * 7 }}",
    "NaN",
    "-1",
    "2026-03-09",
    "2026-02-30",
    "2026-03-09T10:00:00+08:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-03-09T10:00:00+99:99",
    "1e999",
    "patient|1",
    "eyJhIjp7fX0",
    "W10",
    "ew",
]
PLAIN = [f"plain {number}" for number in range(len(TEXTS))]
TIMES = ["2026-03-09T10:00:00+08:00"] * 5 + [text for text in TEXTS if text[4:5] == "-"]
NUMBERS = [0, -1, 1, 1 << 31, 1 << 63, -(1 << 63), 1 << 64, 10**400, 0.1, 1e308, float("nan"), float("inf"), -0.0]
OTHERS: list[Any] = [None, True, [], {}, {"\ud83d": 1}, {"a\0": 1}, {"$set": {"a": 1}}, [[[[[]]]]]]
BYTES = [text.encode(errors="surrogatepass") for text in TEXTS] + [
    b"\xff\xfe",
    b"\xe9",
    b"\xed\xa0\xbd",
    b"{",
    b"[" * 5000,
]
HEADERS = ["idempotency-key", "accept-language", "traceparent", "tracestate", "baggage", "content-type", "if-match"]
HEADER_BYTES = [
    b"\xe9",
    b"\xb2",
    b"",
    b"x" * 300,
    b"00-" + b"\xe9" * 32 + b"-1-01",
    b"text/plain; charset=\xe9",
    b"a/b",
    b"*",
]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an OpenAPI description; `schemas` are its components."""

    method: str
    path: str
    described: dict[str, Any]
    schemas: dict[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it is sent, byte for byte."""

    method: str
    target: str
    headers: list[tuple[bytes, bytes]]
    body: bytes


def operations(mount: str, described: dict[str, Any]) -> list[Operation]:
    """Every operation, under the mount of its service."""
    schemas = described.get("components", {}).get("schemas", {})
    paths = described["paths"].items()
    return [
        Operation(m.upper(), f"/{mount}{path}", operation, schemas) for path, ms in paths for m, operation in ms.items()
    ]


@st.composite
def requests(draw: st.DrawFn, operation: Operation) -> Asked:
    """A request for an operation."""
    path, query = operation.path, []
    for parameter in operation.described.get("parameters", []):
        times = "date-time" in str(parameter.get("schema"))
        value = draw(st.sampled_from(TIMES)).encode() if times else draw(st.sampled_from(BYTES) | st.binary(max_size=6))
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote_from_bytes(value, safe="") or "-")
        elif draw(st.integers(0, 3)):
            query.append(f"{parameter['name']}={quote_from_bytes(value, safe='')}")
    headers = [(name.encode(), draw(st.sampled_from(HEADER_BYTES))) for name in HEADERS if draw(st.integers(0, 9)) == 0]
    content = operation.described.get("requestBody", {}).get("content", {})
    body = draw(st.sampled_from(BYTES) | st.binary(max_size=40))
    if schema := content.get("application/json", {}).get("schema"):
        body = json.dumps(draw(values(schema, operation.schemas))).encode()
        if not any(name == b"content-type" for name, _ in headers):
            headers.append((b"content-type", b"application/json"))
    target = path + ("?" + "&".join(query) if query else "")
    return Asked(operation.method, target, headers, body if operation.method not in ("GET", "HEAD") else b"")


def values(schema: Any, schemas: dict[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
    """Values of the right structure with wrong leaves, and sometimes of another structure."""
    anything = st.sampled_from(TEXTS) | st.sampled_from(NUMBERS) | st.sampled_from(OTHERS)
    fitting = _fitting(schema, schemas, depth)
    return st.integers(1, 30).flatmap(lambda dice: anything if dice == 30 or depth > 6 else fitting)


def _fitting(schema: Any, schemas: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    if not isinstance(schema, dict):
        return st.sampled_from(OTHERS)
    if "$ref" in schema:
        return _fitting(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth)
    if choices := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return st.sampled_from(choices).flatmap(lambda choice: values(choice, schemas, depth))
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, depth)
        case "array":
            least = schema.get("minItems", 0)
            return st.lists(values(schema.get("items", {}), schemas, depth + 1), min_size=least, max_size=least + 1)
        case "integer" | "number":
            return st.sampled_from(NUMBERS) | st.integers(0, 5)
        case "boolean":
            return st.booleans()
        case "string" if schema.get("format") == "date-time":
            return st.sampled_from(TIMES)
        case _:
            return st.sampled_from(PLAIN + TEXTS)


def _object(schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    properties, required = schema.get("properties", {}), set(schema.get("required", ()))
    inner = {name: values(each, schemas, depth + 1) for name, each in properties.items()}
    if not inner:
        return st.dictionaries(st.sampled_from(TEXTS), st.sampled_from(TEXTS), max_size=2)
    needed = {name: each for name, each in inner.items() if name in required}
    others = [name for name in inner if name not in required]
    optional = st.lists(st.sampled_from(others), max_size=3, unique=True) if others else st.just([])
    return optional.flatmap(lambda names: st.fixed_dictionaries(needed | {name: inner[name] for name in names}))
