"""Upcasters: old wire type → (newer type, newer data). Empty until a contract has a second version."""

from shared.codec import Upcaster

UPCASTERS: dict[str, Upcaster] = {}
