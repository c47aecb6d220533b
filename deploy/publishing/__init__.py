"""Publish definitions: read files, check them, compare them with the topics, write them."""
