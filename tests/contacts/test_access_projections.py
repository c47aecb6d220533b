"""What the privacy officer sees: looks at persons in all services, and emergency access with its review."""

from deploy.catalogue import load_all, unstarted
from services.contacts.access.projections import ACCESS_REVIEWS, ACCESSES
from shared.bus.topics import topic_name
from shared.contracts.base import retold
from shared.contracts.contacts_access import AccessReviewed
from shared.testing import Shows
from tests.contacts.test_access_domain import BREAK, BROKEN, REVIEW
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


def test_a_broken_glass_waits_with_who_and_whom_and_its_reason_stays_in_its_event() -> None:
    row = Shows(ACCESS_REVIEWS).given(BROKEN).document("r")
    assert (row["status"], row["broken_by"], row["person_id"]) == ("open", "nurse", "p")
    assert row["until"] == BROKEN.until
    assert row.pop("broken_as")["data"]["reason"] == BREAK.reason
    assert str(BREAK.reason) not in str(row)


def test_a_reviewed_one_says_by_whom_and_whether_it_had_to_be() -> None:
    row = Shows(ACCESS_REVIEWS).given(BROKEN, retold(AccessReviewed, REVIEW)).document("r")
    assert (row["status"], row["justified"], row["reviewed_by"]) == ("decided", True, "officer")
    assert row["broken_by"] == "nurse"
