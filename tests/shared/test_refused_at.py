"""Whether something was refused at the door or on a topic is told from the text of its place, in one way."""

import pytest

from shared.bus.topics import topic_name
from shared.refused_at import AtIntake, OnTopic, refused_at


@pytest.mark.parametrize(
    ("text", "place"),
    [("mllp/3f2a", AtIntake("mllp", "3f2a")), (topic_name("contacts", "inbox"), OnTopic("careloop.contacts.inbox.v1"))],
)
def test_a_place_is_read_from_its_text_and_written_as_it(text: str, place: OnTopic | AtIntake) -> None:
    assert (refused_at(text), str(place)) == (place, text)
