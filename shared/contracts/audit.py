"""Audit events: one for each answer with data of people, published by the service that gave it.

Terms are those of FHIR AuditEvent and IHE ATNA; purposes are codes of HL7 v3 PurposeOfUse.
"""

from typing import ClassVar, Literal, get_args

from shared.actor import AuthType
from shared.contracts.base import Event

PurposeOfUse = Literal["TREAT", "ETREAT", "COORDC", "HOPERAT", "HPAYMT", "HCOMPL", "PATRQT", "HSYSADMIN"]
"""Treatment, emergency treatment, coordination, operations, payment, compliance, patient's request, administration."""
PURPOSES: tuple[str, ...] = get_args(PurposeOfUse)
MAX_PERSONS = 500
"""The size of a page; `more` counts the persons beyond it."""


class PersonsAccessed(Event):
    """Somebody saw data of people, or was refused.

    `route`: HTTP method and path, or the command of the command line. The same access within a minute is one event.
    `resources`: what was shown if it is not known whom all of it is about: the place of a dead letter
    (`topic-partition@offset`), a sealed file, a range of a topic, a collection that was rebuilt (` forced`: and swapped
    although documents differ; then, over HTTP, the id of the rebuild); at most as many as persons.
    """

    wire: ClassVar[str] = "careloop.audit.persons_accessed.v1"
    key_field: ClassVar[str] = "reader"
    on: ClassVar[str] = "audit"
    reader: str
    reader_type: AuthType
    service: str
    route: str
    purpose: PurposeOfUse
    result: Literal["shown", "refused"]
    persons: tuple[str, ...]
    more: int = 0
    resources: tuple[str, ...] = ()
