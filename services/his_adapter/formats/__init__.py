"""What hospital systems send, format by format: bytes → canonical facts, entries of the directory, answers.

Each format has its door, its parser and its translation in a room of its own; `common` is what all of them need,
`meaning.py` is where they part, and `whose` says whose a message is before anybody understands it.
"""
