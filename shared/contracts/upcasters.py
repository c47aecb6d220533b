"""Old wire types → (newer type, newer data). Empty until a contract gets its second version."""

from shared.codec import Upcaster

UPCASTERS: dict[str, Upcaster] = {}
