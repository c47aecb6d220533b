"""Runs a service's roles in one process: builds the adapters, supervises the loops, serves health."""
