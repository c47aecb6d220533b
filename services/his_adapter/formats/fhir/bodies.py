"""Bodies of the FHIR endpoint in the OpenAPI document: what every resource has (FHIR R4). Profiles say the rest."""

from typing import Any

from shared.answers import Media

JSON = "application/fhir+json"


def _resource(kind: str = "", required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """Return the JSON Schema of resources of one type, or of any."""
    return {
        "type": "object",
        "required": ["resourceType", *required],
        "properties": {"resourceType": {"const": kind} if kind else {"type": "string"}, **properties},
        "externalDocs": {"url": f"https://hl7.org/fhir/R4/{kind.lower() or 'resourcelist'}.html"},
    }


def _list(*required: str, **properties: Any) -> dict[str, Any]:
    items = {"type": "object", "properties": properties, **({"required": [*required]} if required else {})}
    return {"type": "array", "items": items}


STRING, OBJECT = {"type": "string"}, {"type": "object"}
ENTRIES = _list(resource=OBJECT, fullUrl=STRING, request=OBJECT, response=OBJECT)
RESOURCE = Media("resource", (JSON,), _resource())
BUNDLE = Media("bundle", (JSON,), _resource("Bundle", ("type",), type=STRING, entry=ENTRIES))
STATEMENT = Media("statement", (JSON,), _resource("CapabilityStatement", fhirVersion=STRING, rest=_list(mode=STRING)))
ISSUES = Media(
    "outcome",
    (JSON,),
    _resource(
        "OperationOutcome",
        ("issue",),
        issue=_list("severity", "code", severity=STRING, code=STRING, diagnostics=STRING, expression={"type": "array"}),
    ),
)
"""Errors: `diagnostics` says what is wrong, `expression` where (FHIRPath)."""
