"""Hide the ids of resources in control ids: ids on a FHIR server may be medical record or visit numbers."""

import re

from shared.ids import identifier_key

_RESOURCE = re.compile(r"[A-Z][A-Za-z]*/.")


def names_a_resource(control_id: str) -> bool:
    """Whether a control id is a resource name (`Patient/77`), which may contain a patient's number."""
    return _RESOURCE.match(control_id) is not None


def hidden(name: str, site_key: bytes) -> str:
    """Return `Patient/<HMAC>` for `Patient/77`, case-sensitive, the same for all senders; a bare type is unchanged."""
    kind, slash, id = name.partition("/")
    return f"{kind}/{identifier_key(site_key, 'fhir-control-id', f'{kind}/{id}'.encode().hex())}" if slash else name


def versioned_name(name: str, version: str) -> str:
    """Append the version, if there is one."""
    return f"{name}/_history/{version}" if version else name


def asked_for(control_id: str, site_key: bytes) -> list[str]:
    """Return the stored control ids that may match one: itself (HL7, older versions) and its hidden form (FHIR)."""
    name, history, version = control_id.partition("/_history/")
    return [control_id, f"{hidden(name, site_key)}{history}{version}"] if "/" in name else [control_id]
