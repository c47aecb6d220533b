"""How a resource is named where its id must not stand: ids on a FHIR server are numbers of patients and visits."""

import re

from shared.ids import identifier_key

_RESOURCE = re.compile(r"[A-Z][A-Za-z]*/.")


def names_a_resource(control_id: str) -> bool:
    """Whether it is the name of a resource, whose id may be the number of a patient."""
    return _RESOURCE.match(control_id) is not None


def hidden(name: str, site_key: bytes) -> str:
    """`Patient/<HMAC>` of `Patient/77`, the same whoever sends it; ids tell a from A. A name without an id as it is."""
    kind, slash, id = name.partition("/")
    return f"{kind}/{identifier_key(site_key, 'fhir-control-id', f'{kind}/{id}'.encode().hex())}" if slash else name


def versioned_name(name: str, version: str) -> str:
    """With the version, where there is one."""
    return f"{name}/_history/{version}" if version else name


def asked_for(control_id: str, site_key: bytes) -> list[str]:
    """The control ids that may be meant by one: itself, as HL7 and older versions have it, and as FHIR's are hidden."""
    name, history, version = control_id.partition("/_history/")
    return [control_id, f"{hidden(name, site_key)}{history}{version}"] if "/" in name else [control_id]
