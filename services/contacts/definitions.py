"""Definitions contacts owns: the staff directory, which everybody may read (`shared/contracts/contacts.py`)."""

from shared.contracts.contacts import Staff

KINDS = (Staff,)
