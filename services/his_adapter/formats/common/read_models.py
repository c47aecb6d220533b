"""Names of read models that rooms above keep and formats look into."""

MESSAGES_COLLECTION = "messages"
"""Received messages, by message id (`facts/projections.py`)."""
