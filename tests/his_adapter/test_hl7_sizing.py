"""A message may hold what a hospital means, and no more parts than that."""

import pytest

from services.his_adapter.formats.hl7.message import Broken
from services.his_adapter.formats.hl7.sizing import MAX_FIELDS, MAX_REPETITIONS, MAX_SEGMENTS, read
from tests.his_adapter.test_translate import message

PARTS = {"|": MAX_FIELDS, "~": MAX_REPETITIONS, "\rZZZ|": MAX_SEGMENTS}


@pytest.mark.parametrize(("part", "most"), PARTS.items())
def test_what_has_more_parts_than_a_hospital_means_is_refused(part: str, most: int) -> None:
    whole = message()
    read(whole + "\rZZZ|" + part * (most - whole.count(part[:1]) - 20))
    with pytest.raises(Broken, match=f"more than {most}"):
        read(whole + "\rZZZ|" + part * (most + 1))
