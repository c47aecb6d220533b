"""Events → read models: pure folds, one MongoDB transaction per batch. Services need only `Projection`."""

from shared.projector.folding import public
from shared.projector.model import Item, Projection

__all__ = ["Item", "Projection", "public"]
