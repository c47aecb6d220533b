"""What is personal is sealed for somebody: else their erasure would leave it readable."""

from typing import ClassVar

from deploy.catalogue import load_all
from deploy.settings import AllSettings
from shared.contracts.base import Event, Payload, Personal, known_types
from shared.personal import field_tree
from shared.settings import Keys

SOMEBODY = {
    "person_id",
    "patient_key",
    "to_key",  # the same, of whom a fact is handed on to
    "recipient_id",  # a person; of an alert to staff the message, which holds nothing of a patient
    "about",  # whose address it is that a record is reached under
    "sealed_for",  # in the registry: a number of the person, or of a call without one the input (`tied_to`)
}
OTHERWISE = {
    "careloop.his-adapter.hospital_message_received.v1": "its patient, or tied to each of several, or kept for a term",
    "careloop.his-requests.hear_answer.v1": "the person, or as the message is sealed that brought the answer",
    "careloop.contacts.touchpoint_reported.v1": "only outside clients write it, in clear: the inbox forgets (ADR 9)",
}


def sealed_for_nobody(messages: dict[str, type[Payload]]) -> list[str]:
    """The types with something personal that are sealed for a thing, and no reason is known why."""
    return [
        wire
        for wire, model in messages.items()
        if field_tree(model)
        and wire not in OTHERWISE
        and (model.seal_key is not Payload.seal_key or (model.seal_field or model.key_field) not in SOMEBODY)
    ]


def test_what_is_personal_is_sealed_for_a_person() -> None:
    load_all(AllSettings(keys=Keys(master="11" * 32, site="22" * 32)))
    product = {wire: model for wire, model in known_types().items() if model.__module__.startswith(("ser", "shared"))}
    assert len([wire for wire, model in product.items() if field_tree(model)]) > 50
    assert sealed_for_nobody(product) == []
    assert OTHERWISE.keys() <= product.keys()


def test_a_message_that_is_sealed_for_a_thing_is_noticed() -> None:
    class NoteTaken(Event):
        key_field: ClassVar[str] = "case_id"
        case_id: str
        note: Personal[str] = None

    assert sealed_for_nobody({"note": NoteTaken}) == ["note"]
    NoteTaken.seal_field = "person_id"
    assert sealed_for_nobody({"note": NoteTaken}) == []
