"""Tests are sentences; folders mirror the code."""
