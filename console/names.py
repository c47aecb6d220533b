"""The name of a patient in a list. Pure."""

from careloop_client.contacts.models import PersonName


def patient_name(person: PersonName | None) -> str:
    """The name; empty if none is known, or nothing of the patient."""
    return (person.name or "") if person else ""
