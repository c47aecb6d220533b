"""What people are known by, written one way before it is hashed: pure, and the only place that knows how."""

from services.contacts.identifying.keys import WEAK, Keys, Number, keys_of, numbers_of
from services.contacts.identifying.refused import named_in

__all__ = ["WEAK", "Keys", "Number", "keys_of", "named_in", "numbers_of"]
