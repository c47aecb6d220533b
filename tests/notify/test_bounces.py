"""What is kept of why a mail came back."""

import pytest

from services.notify.bounces import code_of


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        ("550 5.1.1 <wang.xiuying@mail.example>: Recipient address rejected", "smtp-5.1.1"),
        ("host mx.example[203.0.113.25] said: 452 mailbox of 王秀英 is full", "smtp-452"),
        ("delivery failed: 5.2.2.", "smtp-5.2.2"),
        ("relay 5.1.1.7 does not know wang.xiuying@mail.example", "bounced"),
        ("wang.xiuying is gone", "bounced"),
        ("", "bounced"),
        ("smtp-5.1.1", "smtp-5.1.1"),
        ("smtp-452", "smtp-452"),
    ],
)
def test_of_a_relays_words_only_the_code_is_kept(reply: str, kept: str) -> None:
    assert code_of(reply) == kept
