"""Tests with a Docker engine: our image, and the whole system in containers."""
