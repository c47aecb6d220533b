"""Note a contact by hand: a call or a visit to the desk, with the number of the person.

The person is found by the number, or a new record is made for it; which of several people it was is decided in the
identity review. Numbers are posted and never part of an address.
"""

from console.screen import Screen
from console.screens.new_case import TAKES_DOWN

SCREEN = Screen("touchpoint", "/touchpoint", TAKES_DOWN, keys="t", purpose="TREAT")
