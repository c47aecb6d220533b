"""Messages and accesses, as their pages show them."""

from datetime import UTC, datetime, timedelta

from careloop_client.contacts.models import Access, AccessReview, PersonName
from careloop_client.notify.models import Message
from console.screens.access_log.view import emergencies, look
from console.screens.messages.view import STATUSES, apart, rows, status_of
from shared.definitions import Definitions
from tests.console.desks import member
from tests.console.test_texts import values

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
STAFF = Definitions.of(member("liu", "nurse"))


def message(**fields: object) -> Message:
    whole = {
        "message_id": "m",
        "recipient_id": "p",
        "person_id": "p",
        "staff_id": None,
        "purpose": "care",
        "template": "template/medicine/2",
        "about": "e",
        "valid_until": NINE,
        "status": "sent",
        "attempts": 1,
        "requested": NINE,
        "changed": NINE,
    }
    return Message.model_validate({**whole, **fields})


def test_every_status_can_be_chosen() -> None:
    assert set(STATUSES) == set(values(Message, "status"))
    assert (status_of("sent"), status_of("nonsense"), status_of("")) == ("sent", None, None)


def test_a_message_shows_its_template_and_the_names_of_staff() -> None:
    [row] = rows([message(staff_id="liu", settled_by="nobody")], STAFF)
    assert (row.template, row.to_staff, row.settled_by) == ("medicine", "Liu", "nobody")
    assert rows([message(template="medicine")], STAFF)[0].template == "medicine"


def test_what_nobody_knows_of_stands_above_and_not_twice() -> None:
    shown = rows([message(status="unknown"), message(message_id="n")], STAFF)
    assert [row.message_id for row in apart(shown)] == ["n"]


def test_the_reason_of_a_failure_is_not_shown_of_what_arrived_in_the_end() -> None:
    shown = rows([message(status=each, reason="smtp-550") for each in ("failed", "delivered")], STAFF)
    assert [row.reason for row in shown] == ["smtp-550", ""]


def test_an_access_names_its_reader_and_shortens_records() -> None:
    access = Access(
        access_id="a",
        at=NINE,
        reader="liu",
        reader_type="user",
        service="contacts",
        route="GET /v1/persons/{person_id}/360",
        purpose="TREAT",
        result="shown",
        persons=["0123456789"],
        more=2,
        resources=[],
    )
    row = look(access, STAFF, {})
    assert (row.reader, row.persons, row.more) == ("Liu", {"0123456789": "01234567"}, 2)
    named = look(access, STAFF, {"0123456789": PersonName(person_id="0123456789", name="王秀英")})
    assert named.persons == {"0123456789": "王秀英"}


def test_what_waits_for_review_comes_first_and_nobody_reviews_their_own() -> None:
    old = {"person_id": "p", "broken": NINE, "until": NINE + timedelta(minutes=30)}
    answers = [
        AccessReview(review_id="a", broken_by="liu", status="decided", justified=True, **old),
        AccessReview(review_id="b", broken_by="liu", status="open", **old),
        AccessReview(review_id="c", broken_by="qian", status="open", **old),
    ]
    shown = emergencies(answers, "qian", STAFF)
    assert [(each.review_id, each.own) for each in shown] == [("b", False), ("c", True), ("a", False)]
