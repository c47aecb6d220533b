"""Definitions as they were published before these fields were theirs: they load, and mean what they meant."""

import pytest

from services.complaints.definitions import SlaPolicy
from services.his_adapter.payments.definitions import Asking, Provider
from services.his_adapter.requests.definitions import Endpoint
from services.his_adapter.watches.definitions import Watch
from services.notify.definitions import Delivery
from shared.definitions import Definitions

OLDER = {
    "sla-policy/urgent/1": b'{"id":"urgent","version":1,"when":"case.severity == \'high\'","calendar":"office",'
    b'"respond_minutes":30,"resolve_minutes":240,"levels":[{"role":"supervisor","template":"case-escalated"}]}',
    "endpoint/his/1": b'{"id":"his","version":1,"takes":["demographics"],"answer_seconds":10.0,"give_up_minutes":15}',
    "payment-provider/wechat/1": b'{"id":"wechat","version":1,"app_id":"a","merchant_id":"m","certificate_serial":"c",'
    b'"platform_key":"k","charges":"checked"}',
    "watch/adt/1": b'{"id":"adt","version":1,"source":"HIS/CITY","types":["ADT"],"minutes":10}',
}


@pytest.fixture(scope="module")
def older() -> Definitions:
    loaded = Definitions()
    for key, written in OLDER.items():
        loaded = loaded.applied(key, written)
    return loaded


def test_an_alarm_is_worth_telling_for_two_days(older: Definitions) -> None:
    [level] = older.version(SlaPolicy, "sla-policy/urgent/1").levels
    assert (level.valid_hours, older.version(Watch, "watch/adt/1").valid_hours) == (48, 48)


def test_a_hospital_system_and_a_platform_are_asked_again_after_what_was_in_the_code(older: Definitions) -> None:
    assert older.version(Endpoint, "endpoint/his/1").back_off_seconds == (5, 15, 60)
    asking = Asking(
        back_off_seconds=(5, 15, 60, 300), after_expiry_seconds=60, refund_every_seconds=300, refund_attempts=8
    )
    assert older.version(Provider, "payment-provider/wechat/1").asking == asking


def test_a_message_without_a_definition_of_its_delivery_is_tried_four_times() -> None:
    unsaid = Delivery(id="email", version=1)
    assert (unsaid.attempts, unsaid.back_off_seconds) == (4, (60, 300, 1800))
