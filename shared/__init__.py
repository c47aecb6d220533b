"""Mechanisms and the published language. No business rule, nothing that names a service."""
