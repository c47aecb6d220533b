"""What the privacy officer sees of access events of all services."""

from deploy.catalogue import load_all, unstarted
from services.contacts.access.projections import ACCESSES
from shared.bus.topics import topic_name
from shared.testing import Shows
from tests.shared.test_audit import AT, look


def test_a_look_is_one_row_with_who_whom_where_and_why() -> None:
    item = Shows(ACCESSES).item(look(("p1", "p2")))
    [id] = ACCESSES.keys(item)
    row = ACCESSES.fold(None, id, item)
    assert row is not None
    assert (row["reader"], row["persons"], row["at"], row["result"]) == ("li", ["p1", "p2"], AT, "shown")
    assert (row["service"], row["route"], row["purpose"], row["more"]) == ("test", "GET /v1/cases", "TREAT", 0)
    assert ACCESSES.fold(row, id, item) == row, "brought in twice from a spool"


def test_looks_of_all_services_are_rows_of_their_own() -> None:
    shows = Shows(ACCESSES)
    ids = [ACCESSES.keys(shows.item(each))[0] for each in (look(), look(("p2",)), look(reader="wang"))]
    assert len(set(ids)) == 3
    assert set(ACCESSES.topics) == {topic_name(service.slug, "audit") for service in load_all(unstarted())}
