"""Ids on FHIR servers: `Patient/77` of two servers are two patients. Older logs did not distinguish them (ADR 25).

Ids contain the name of their server. Older versions used the id alone as the key of a patient and as the id of a thing.
A patient or thing stored under such an id keeps it, but only for the server that reported it first.
"""

import re
from collections.abc import Mapping
from typing import Any

from services.his_adapter.facts.clocks import name_of
from services.his_adapter.facts.state import Patient
from services.his_adapter.formats.common.servers import bare_of, is_table
from shared.contracts import his_adapter as his
from shared.contracts.base import changed, stored
from shared.contracts.his_things import Kind, Thing

RESOURCES = (
    "Patient",
    "RelatedPerson",
    "Communication",
    "Coverage",
    "Encounter",
    "Appointment",
    "DiagnosticReport",
    "ServiceRequest",
    "Condition",
    "AllergyIntolerance",
    "Procedure",
    "ChargeItem",
    "Invoice",
)
"""FHIR resource types that were translated before facts named their server (ADR 25)."""
_RESOURCE = re.compile(f"({'|'.join(RESOURCES)})/.")


def home(fact: his.PatientFact) -> str:
    """The aggregate key to which a fact is reported first: the key that older versions used for its patient."""
    bare = bare_of(fact.patient.identifiers)
    return bare.key if bare else fact.patient_key


def settled(fact: his.Fact, here: str, patient: Patient) -> his.Fact | None:
    """The fact with the ids that `patient`, stored under the key `here`, uses.

    None if `here` is an id without a server that another server's patient has.
    """
    bare = here != fact.patient_key
    if bare and patient.giver and patient.giver not in fact.servers:
        return None
    kept = {new: thing.id or "" for new, thing in fact.older if _keeps_older_id(fact, thing, here, patient)}
    if bare:
        identifiers = sorted(fact.patient.identifiers, key=lambda identifier: identifier.key != here)
        fact = changed(fact, patient_key=here, patient=changed(fact.patient, identifiers=tuple(identifiers)))
    fact = changed(fact, older=())
    return stored(type(fact), _renamed(fact.model_dump(), kept)) if kept else fact


def _keeps_older_id(fact: his.Fact, thing: Thing, here: str, patient: Patient) -> bool:
    """Whether a thing keeps its older id: this server reported it first under that id.

    The older id of a visit contains the patient's key. Under a key without a server it is kept even for a new visit.
    """
    is_stored = patient.clock(here, thing) is not None
    first_server = patient.first_servers.get(name_of(here, thing), patient.giver)
    of_this_server = here != fact.patient_key and thing.kind is Kind.STEP
    return first_server in fact.servers if is_stored else of_this_server


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The value with every text that is a key of `names` replaced."""
    if isinstance(value, Mapping):
        return {key: _renamed(inner, names) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(inner, names) for inner in value]
    return names.get(value, value) if isinstance(value, str) else value


def with_teller(patient: Patient, fact: his.Fact, thing: Thing) -> Patient:
    """Remember which server reported the patient first, or which other server reported a thing under its older id."""
    server = _teller(fact)
    if not server:
        return patient
    if not patient.giver:
        return changed(patient, giver=server)
    if fact.servers or server == patient.giver or patient.clock(fact.patient_key, thing):
        return patient
    return changed(patient, first_servers={**patient.first_servers, name_of(fact.patient_key, thing): server})


def _teller(fact: his.Fact) -> str:
    """The FHIR server that reported a fact, or "". Facts from before ADR 25 have it as their `source_system`."""
    if fact.servers:
        return fact.servers[0]
    from_server = bool(_RESOURCE.match(fact.control_id)) and not is_table(fact.source_system)
    return fact.source_system if from_server else ""
