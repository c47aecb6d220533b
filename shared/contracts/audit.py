"""Who looked at whom: one event for each answer that tells of people, published by the service that gave it.

The words are those of FHIR's AuditEvent and IHE ATNA; purposes are codes of HL7 v3 PurposeOfUse.
"""

from typing import ClassVar, Literal, get_args

from shared.actor import AuthType
from shared.contracts.base import Event

Purpose = Literal["TREAT", "ETREAT", "COORDC", "HOPERAT", "HPAYMT", "HCOMPL", "PATRQT", "HSYSADMIN"]
"""Treatment, in an emergency, coordination, operations, payment, compliance, at the patient's request, system."""
PURPOSES: tuple[str, ...] = get_args(Purpose)
MOST_PERSONS = 500
"""As many as a page has; `more` counts those beyond."""


class PersonsAccessed(Event):
    """Somebody was shown what is known of people, or was refused it.

    `route` is the method and path of the API, or the command of the command line. Asking the same again within a minute
    is one event. `resources` name what was shown where nobody can say whom all of it is about: the place of a dead
    letter (`topic-partition@offset`), a sealed file, a stretch of a topic; as many as persons.
    """

    wire: ClassVar[str] = "careloop.audit.persons_accessed.v1"
    key_field: ClassVar[str] = "reader"
    reader: str
    reader_type: AuthType
    service: str
    route: str
    purpose: Purpose
    result: Literal["shown", "refused"]
    persons: tuple[str, ...]
    more: int = 0
    resources: tuple[str, ...] = ()
