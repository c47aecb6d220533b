"""Bulk Data exports of FHIR servers: start an export (`poll.py`), sign in, read its files within limits."""
