"""FHIR R4 resources for tests, each the least its type needs and what a test says of it."""

from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import SecretStr

from services.his_adapter.formats import meaning
from services.his_adapter.formats.definitions import MappedDepartment, Site
from services.his_adapter.formats.fhir.resource import validate
from services.his_adapter.formats.settings import Mllp
from services.his_adapter.settings import HisSettings
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.settings import Keys

KEY = b"k" * 32
NOW = datetime(2026, 3, 9, 9, tzinfo=UTC)
SITE = Site(
    id="default",
    version=1,
    authority="CITY",
    departments={"org-card": MappedDepartment(code="CARD", name="心内科")},
    authorities={"1.2.156.1": "CITY", "http://id.city": "CITY"},
)
SETTINGS = HisSettings(keys=Keys(site=SecretStr(KEY.hex())), mllp=Mllp(site=SITE.id))
SUBJECT = {"reference": "Patient/p1"}


def patient(id: str = "p1", number: str = "100234", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": id,
        "meta": {"lastUpdated": "2026-03-09T08:00:00+08:00"},
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "system": "urn:oid:1.2.156.1", "value": number}],
        "name": [{"use": "official", "family": "王", "given": ["秀英"]}],
        "gender": "female",
        "birthDate": "1956-04-12",
        "telecom": [{"system": "phone", "value": "13800138000"}],
        **more,
    }


def encounter(status: str = "in-progress", kind: str = "IMP", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": "e1",
        "meta": {"lastUpdated": "2026-03-09T08:00:00+08:00"},
        "status": status,
        "class": {"code": kind},
        "subject": SUBJECT,
        "period": {"start": "2026-03-07T10:00:00+08:00", "end": "2026-03-09T07:30:00+08:00"},
        "serviceProvider": {"reference": "Organization/org-card"},
        "participant": [{"individual": {"reference": "Practitioner/d17", "display": "李明"}}],
        **more,
    }


def received(resource: dict[str, Any], **more: Any) -> HospitalMessageReceived:
    validate(resource)
    return HospitalMessageReceived.model_validate(
        {
            "at": NOW,
            "message_id": f"{resource['id']}{resource.get('status', '')}",
            "sender": "his",
            "site": "default",
            "format": "fhir",
            "message_type": resource["resourceType"],
            "control_id": resource["id"],
            "body_hash": "",
            "text": orjson.dumps(resource).decode(),
            **more,
        }
    )


def facts(resource: dict[str, Any]) -> list[Any]:
    """The facts that a valid resource is translated to."""
    return list(meaning.facts(KEY, SITE, received(resource)))


def entries(resource: dict[str, Any], **more: Any) -> list[Any]:
    """The directory entries that a resource is translated to."""
    return list(meaning.entries(KEY, SITE, received(resource, **more)))
