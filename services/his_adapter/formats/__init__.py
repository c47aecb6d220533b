"""Formats of hospital systems: bytes → canonical facts, directory entries and answers.

Each format has a package with its intake, parser and translation; `common` is shared by all. `meaning.py` selects the
translation by format, and `whose` finds the patients of a message before it is translated. `projections.py` has the
read model of received messages, by which intakes recognise a repeat.
"""
