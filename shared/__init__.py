"""Mechanisms and contracts, without business rules and without knowledge of a particular service."""
