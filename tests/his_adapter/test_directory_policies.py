"""Given a stored message, what the directory lists and withdraws."""

from services.his_adapter.directory.commands import ListEntry, WithdrawEntry
from services.his_adapter.directory.policies import list_entries
from services.his_adapter.facts.policies import translate_messages
from shared.contracts.base import changed
from shared.definitions import Definitions
from shared.testing import Reacts
from tests.his_adapter.test_facts_policies import CITY, STAFF, command_id
from tests.his_adapter.test_translate import KEY

RAW = Reacts((translate_messages(KEY), list_entries(KEY)), Definitions.of(CITY), kind="raw")


def test_what_speaks_of_the_hospital_is_listed_and_reports_no_patient() -> None:
    listed = RAW.to(STAFF).then_only(ListEntry).one(ListEntry)
    assert (listed.id, str(listed.entry_id), listed.source) == (command_id(STAFF, 0, "list"), "doctor/1001", "HIS/CITY")
    assert listed.entry["names"] == {"zh": "王伟"}


def test_what_a_master_file_deletes_is_withdrawn() -> None:
    gone = changed(STAFF, text=STAFF.text.replace("MFE|MUP|1||1001", "MFE|MDL|1||1001"))  # type: ignore[union-attr]
    withdrawn = RAW.to(gone).one(WithdrawEntry)
    assert (withdrawn.id, str(withdrawn.entry_id), withdrawn.entirely) == (
        command_id(gone, 0, "list"),
        "doctor/1001",
        True,
    )
