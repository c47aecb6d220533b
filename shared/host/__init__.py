"""Runs a service's roles in one process: builds the adapters once, supervises the loops, answers health."""
