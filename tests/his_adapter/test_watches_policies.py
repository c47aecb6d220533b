"""Given a stored message, which watches hear their source."""

from services.his_adapter.watches.commands import HearSource
from services.his_adapter.watches.policies import WATCH
from shared.contracts.base import changed
from shared.definitions import Definitions
from shared.policy import caused
from shared.testing import RECORDED, Reacts, envelope
from tests.his_adapter.test_facts_policies import RECEIVED
from tests.his_adapter.test_watches import ADT


def test_a_stored_message_is_heard_by_each_watch_that_waits_for_it_when_it_was_recorded() -> None:
    received = changed(RECEIVED, sender="HIS/CITY")
    anything, results = changed(ADT, id="any", types=()), changed(ADT, id="results", types=("ORU",))
    reacts = Reacts((WATCH,), Definitions.of(ADT, anything, results, changed(ADT, id="lis", source="LIS")), kind="raw")
    commands = reacts.to(received).then_only(HearSource, HearSource).commands
    assert [each.watch for each in commands] == ["adt", "any"]
    assert {each.at for each in commands} == {RECORDED}
    assert commands[0].id == caused(envelope(received), "watch", "adt")
    reacts.to(changed(received, sender="OTHER")).then_nothing()
