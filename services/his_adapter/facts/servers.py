"""Whose an id on a FHIR server is: two servers' `Patient/77` are two patients, which older logs did not say (ADR 25).

Ids carry the name of their server. Older versions named a patient, and all that a fact is about, by the id alone: what
is known under such a name goes on under it, for the server that gave it first and for no other.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from services.his_adapter.definitions import Site
from services.his_adapter.facts.clocks import name_of
from services.his_adapter.facts.things import Kind, Thing
from shared.contracts import his_adapter as his
from shared.contracts.base import changed, stored
from shared.contracts.facts import BARE_ID, SERVER_ID, Identifier

if TYPE_CHECKING:
    from services.his_adapter.facts.domain import Patient

TABLES = "table/"
"""How the senders of tables begin: their ids are ours, made of the hospital's numbers, and the same in every table."""
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
"""Resources that told facts when facts did not say yet which server they came from."""
_RESOURCE = re.compile(f"({'|'.join(RESOURCES)})/.")


def names_of(site: Site, sender: str) -> tuple[str, ...]:
    """The names of the server that a sender is, the one that its ids carry first; none of a table, nor of nobody."""
    for name, senders in site.servers.items():
        if sender in (name, *senders):
            return tuple(dict.fromkeys((name, *senders)))
    return () if not sender or sender.startswith(TABLES) else (sender,)


def bare_of(identifiers: Sequence[Identifier]) -> Identifier | None:
    """The name without its server of a patient whose own one has it."""
    named = any(each.system.startswith(SERVER_ID) for each in identifiers)
    return next((each for each in identifiers if named and each.system.startswith(BARE_ID)), None)


def home(fact: his.PatientFact) -> str:
    """The key under which a fact is asked about first: where older versions kept its patient."""
    bare = bare_of(fact.patient.identifiers)
    return bare.key if bare else fact.patient_key


def settled(fact: his.Fact, here: str, patient: "Patient") -> his.Fact | None:
    """A fact in the names that `patient`, kept under the key `here`, knows; None where `here` is another server's."""
    bare = here != fact.patient_key
    if bare and patient.giver and patient.giver not in fact.servers:
        return None
    kept = {new: thing.id or "" for new, thing in _older(fact) if _keeps(fact, thing, here, patient)}
    if bare:
        first = sorted(fact.patient.identifiers, key=lambda each: each.key != here)
        fact = changed(fact, patient_key=here, patient=changed(fact.patient, identifiers=tuple(first)))
    fact = changed(fact, older=())
    return stored(type(fact), _renamed(fact.model_dump(), kept)) if kept else fact


def _older(fact: his.Fact) -> list[tuple[str, Thing]]:
    """The ids in a fact that older versions named otherwise, each with the thing as they named it."""
    return [(new, Thing.of(thing)) for new, thing in fact.older]


def _keeps(fact: his.Fact, thing: Thing, here: str, patient: "Patient") -> bool:
    """Whether a thing goes on under its older name: it is known by it, from this server.

    That of a visit holds the patient's key: under a key without a server it is this server's own, known or not.
    """
    known = patient.clock(here, thing) is not None
    teller = patient.tellers.get(name_of(here, thing).hex(), patient.giver)
    own = here != fact.patient_key and thing.kind is Kind.STEP
    return teller in fact.servers if known else own


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _renamed(inner, names) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(inner, names) for inner in value]
    return names.get(value, value) if isinstance(value, str) else value


def with_teller(patient: "Patient", fact: his.Fact, thing: Thing) -> "Patient":
    """The patient who knows which server gave the id first, and which other told a thing by its older name first."""
    server = _teller(fact)
    if not server:
        return patient
    if not patient.giver:
        return changed(patient, giver=server)
    if fact.servers or server == patient.giver or patient.clock(fact.patient_key, thing):
        return patient
    return changed(patient, tellers={**patient.tellers, name_of(fact.patient_key, thing).hex(): server})


def _teller(fact: his.Fact) -> str:
    """The server that told a fact; "" where it is none. Older facts name it as their system."""
    if fact.servers:
        return fact.servers[0]
    theirs = bool(_RESOURCE.match(fact.control_id)) and not fact.source_system.startswith(TABLES)
    return fact.source_system if theirs else ""
