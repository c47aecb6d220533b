"""Command → decide → events. Domain code needs only `Decider`, `Rejection` and `Parted`."""

from shared.decider.model import Decider, Parted, Rejection

__all__ = ["Decider", "Parted", "Rejection"]
