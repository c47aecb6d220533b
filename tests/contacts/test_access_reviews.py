"""What the privacy officer sees of emergency access that waits for a review, and of its review."""

from services.contacts.access.projections import ACCESS_REVIEWS
from shared.contracts.base import retold
from shared.contracts.contacts_access import AccessReviewed
from shared.testing import Shows
from tests.contacts.test_access_domain import BREAK, BROKEN, REVIEW


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
