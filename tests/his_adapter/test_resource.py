"""Given bytes, when they are taken for a FHIR R4 resource, then whether they are one."""

import pytest

from services.his_adapter.formats.fhir.families import FACTS
from services.his_adapter.formats.fhir.resource import Invalid, load, validate
from services.his_adapter.formats.fhir.staff import READS


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"{", ""),
        (b"[]", "resourceType"),
        (b'{"resourceType":"Klingon"}', "resourceType"),
        (b'{"resourceType":"../x"}', "resourceType"),
        (b'{"resourceType":"Patient","contained":[{"resourceType":"Foo"}]}', "Patient"),
        (b'{"resourceType":"Encounter","status":"finished"}', "Encounter.class"),
        (b'{"resourceType":"Patient","birthDate":"x"}', "Patient.birthDate"),
        (b'{"resourceType":"Patient","name":[{"famly":"x"}]}', "Patient.name[0].famly"),
    ],
)
def test_what_is_no_resource_is_refused_with_its_path(raw: bytes, path: str) -> None:
    with pytest.raises(Invalid) as caught:
        validate(load(raw))
    assert path in [place for place, _ in caught.value.faults]


def test_every_type_the_table_names_is_one_of_r4() -> None:
    for kind in (*FACTS, *READS):
        with pytest.raises(Invalid) as caught:
            validate({"resourceType": kind, "nonsense": 1})
        assert not any("no resource" in fault for _, fault in caught.value.faults)
