"""Definitions on their way from a hospital's files to the topics: read, checked, compared, published."""
