"""Embedded parts for the wiring tests of the operator's tools."""

from tests.shared.conftest import parts

__all__ = ["parts"]
