"""Given what a platform takes, when more is asked for, then it is refused before anything is asked of the platform."""

from shared.contracts.base import changed
from tests.his_adapter.test_payments import ORDER, PAID, after, ask, back, rules


def test_a_description_that_is_longer_than_the_platform_takes_is_refused() -> None:
    for description in ("挂" * 127, None):
        assert rules.when(ask(order=changed(ORDER, description=description))).events
    rules.when(ask(order=changed(ORDER, description="挂" * 128))).rejected("text-too-long")


def test_a_reason_of_a_refund_that_is_longer_than_the_platform_takes_is_refused() -> None:
    for reason in ("多" * 80, None):
        assert rules.given(*after(*PAID)).when(changed(back(), reason=reason)).events
    rules.given(*after(*PAID)).when(changed(back(), reason="多" * 81)).rejected("text-too-long")


def test_a_refund_that_an_older_version_took_is_not_refused_when_it_is_sent_again() -> None:
    rules.given(*after(*PAID, back())).when(changed(back(), reason="多" * 81)).then_nothing()
