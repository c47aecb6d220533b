"""The part of the story about his_adapter: directory, requests, payments, packets and watches."""

from typing import Any

from tests.world.past.story import Story

SUBJECT = {"number": "A1", "name": "王秀英", "birth_date": "1956-04-12"}


def directory(story: Story) -> None:
    """Report staff and prices, report them again, change and withdraw them."""
    doctor = {"name": [{"family": "李", "given": ["明"]}]}
    for id, fields in (("d17", doctor), ("d17", doctor), ("d17", {"name": [{"text": "Li Ming"}]}), ("d18", doctor)):
        story.fhir("Practitioner", id, "", **fields)
    story.world.fhir({"resourceType": "Practitioner", "id": "d18"}, deleted=True)
    story.later(minutes=1)


def requests(story: Story) -> None:
    """Bookings are taken, refused, tried again, given up, and settled by hand."""
    slot = {"starts": "2026-05-10T09:00:00+08:00", "department": "CARD"}
    ask = {"action": "book", "slot": slot, "reason": "复查"}
    for id in ("taken", "trouble", "silent"):
        placed = {"request_id": id, "person_id": story.person(story.one), "asked_by": "agent"}
        story.ask("his-requests", "place_request", **placed, subject=SUBJECT, ask=ask)
        story.ask("his-requests", "start_attempt", request_id=id, attempt=1, sender="s")
        if id == "taken":
            fields: dict[str, Any] = {"request_id": id, "attempt": 1, "person_id": placed["person_id"]}
            story.ask("his-requests", "hear_answer", **fields, outcome="received")
            answer = {"filler": "A1", "queue_number": "C001"}
            story.ask("his-requests", "hear_answer", **fields, outcome="accepted", answer=answer)
        if id == "trouble":
            story.ask("his-requests", "hear_answer", request_id=id, attempt=1, outcome="trouble", reason="unreachable")
        story.later(minutes=20)
    story.ask("his-requests", "retry_request", request_id="silent", retried_by="agent")
    story.later(minutes=20)
    story.ask("his-requests", "close_request", request_id="silent", closed_by="agent", done=True, note="by phone")


def payments(story: Story) -> None:
    """Money is paid, given back in part, disputed and settled; another payment is called off."""
    payments, day = "his-payments", f"{story.world.now:%Y-%m-%d}"
    for id, amount in (("paid", "380.10"), ("wrong", "80.00"), ("off", "20.00")):
        expires = story.world.now.replace(hour=23).isoformat()
        order = {"provider": "wechat", "amount": amount, "expires": expires, "description": "挂号", "subject": SUBJECT}
        who = {"person_id": story.person(story.one), "asked_by": "agent"}
        story.ask(payments, "ask_payment", payment_id=id, **who, order=order)
        story.ask(payments, "start_step", payment_id=id, attempt=1, sender="s")
        fields = {"payment_id": id, "attempt": 1, "told_by": "query"}
        story.ask(payments, "hear_platform", **fields, state="trouble", reason="unreachable")
        story.later(minutes=10)
        story.ask(payments, "start_step", payment_id=id, attempt=2, sender="s")
        offered = {**fields, "attempt": 2, "state": "offered", "link": "weixin://1"}
        story.ask(payments, "hear_platform", **offered)
    paid = {"attempt": None, "told_by": "notification", "state": "paid"}
    story.ask(payments, "hear_platform", payment_id="paid", **paid, amount="380.10", transaction_id="42")
    story.ask(payments, "hear_platform", payment_id="wrong", **paid, amount="70.00", transaction_id="43")
    story.ask(payments, "cancel_payment", payment_id="off")
    story.ask(payments, "start_step", payment_id="off", attempt=3, sender="s")
    story.ask(payments, "hear_platform", payment_id="off", attempt=3, told_by="query", state="closed")
    story.ask(payments, "compare", payment_id="paid", day=day, theirs="380.10", transaction_id="42")
    _refunds(story)
    settled = {"payment_id": "wrong", "settled_by": "lin", "note": "seen", "proposal_id": "p1"}
    story.ask(payments, "settle_dispute", **settled)
    decided = {"payment_id": "wrong", "proposal_id": "p1", "decided_by": "wu"}
    story.ask(payments, "decide_settlement", **decided, approved=False)
    story.ask(payments, "settle_dispute", **{**settled, "proposal_id": "p2"})
    story.ask(payments, "decide_settlement", **{**decided, "proposal_id": "p2"}, approved=True)


def _refunds(story: Story) -> None:
    attempt = 3
    for id, approved, state in (("R0", False, ""), ("R1", True, "refund-failed"), ("R2", True, "refunded")):
        wish = {"payment_id": "paid", "refund_id": id, "asked_by": "lin", "amount": "80.10", "reason": "多收"}
        story.ask("his-payments", "ask_refund", **wish)
        decided = {"payment_id": "paid", "refund_id": id, "approved": approved, "decided_by": "wu"}
        story.ask("his-payments", "decide_refund", **decided)
        if approved:
            story.ask("his-payments", "start_step", payment_id="paid", attempt=attempt, sender="s")
            fields = {"attempt": attempt, "told_by": "query", "state": state, "refund_id": id, "amount": "80.10"}
            story.ask("his-payments", "hear_platform", payment_id="paid", **fields)
            attempt += 1


def packets(story: Story) -> None:
    """Papers are prepared and filled."""
    who = {"packet_id": "k1", "person_id": story.person(story.one)}
    values = {"name": "王秀英", "record-number": "A1", "stay": "V2", "department": "心内科", "discharged": "2026-03-09"}
    values |= {"national-id": "1", "diagnoses": "I21.9", "insurance": "医保"}
    story.ask("his-packets", "prepare_packet", **who, formality="discharge", prepared_by="lin", filled=values)
    filled = {"packet_id": "k1", "filled_by": "lin", "person_id": who["person_id"]}
    story.ask("his-packets", "fill_packet", **filled, filled={"summary": "s"})
    story.ask("his-packets", "fill_packet", **filled, filled={"signature": "signed"})


def watches(story: Story) -> None:
    """A source falls silent and speaks again."""
    story.ask("his-watches", "observe", watch="adt", silent_since=story.world.now)
    story.ask("his-watches", "observe", watch="adt", silent_since=None)
