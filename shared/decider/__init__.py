"""Command → decide → events, exactly as the log says. Domain code needs only `Decider` and `Rejection`."""

from shared.decider.model import Decider, Rejection

__all__ = ["Decider", "Rejection"]
