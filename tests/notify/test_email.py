"""What goes to a mail relay is one mail to one address, whatever the address and the subject were made of."""

from datetime import UTC, datetime

import pytest

from services.notify.channels import Outgoing, SendFailed
from services.notify.channels.email import Email
from services.notify.settings import Smtp

NOBODY = Smtp(host="127.0.0.1", port=1)
"""A relay that does not listen: who gets as far as asking for it gets another error."""


def outgoing(address: str) -> Outgoing:
    return Outgoing("m-1", address, "Your appointment", "See you", "en")


@pytest.mark.parametrize(
    "address",
    [
        "li@hospital.example\n",
        "li@hospital.example\r\nBcc: all@elsewhere.example",
        "li@hospital.example, all@elsewhere.example",
        "li@hospital.example> SIZE=1",
        "<li@hospital.example",
        "li hospital.example",
        "",
    ],
)
async def test_what_is_not_one_address_never_reaches_the_relay(address: str) -> None:
    with pytest.raises(SendFailed, match="address-invalid") as failed:
        await Email(NOBODY, lambda: datetime.now(UTC)).send(outgoing(address))
    assert failed.value.permanent


async def test_one_address_does() -> None:
    with pytest.raises(SendFailed, match="smtp-"):
        await Email(NOBODY, lambda: datetime.now(UTC)).send(outgoing("li@hospital.example"))
