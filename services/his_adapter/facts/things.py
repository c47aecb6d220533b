"""The things of a visit, and those that a patient has once."""

from shared.contracts.his_things import Kind, Thing


def step_of(visit_id: str) -> Thing:
    """The current step of a visit (admitted, ended, …)."""
    return Thing(Kind.STEP, visit_id)


def fields_of(visit_id: str) -> Thing:
    """The other fields of a visit: class, department, ward, doctor, whether it has a visit number."""
    return Thing(Kind.VISIT_FIELDS, visit_id)


DETAILS, DEATH = Thing(Kind.DETAILS), Thing(Kind.DEATH)
