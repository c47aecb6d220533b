"""The maximum lengths of texts and lists from outside.

They are applied where a message is made or received: `Code`, `Line`, `Text` and `Article` in request models,
`shared/bounding.py` for contracts. Our own log is read without them.
"""

from typing import Annotated

from pydantic import StringConstraints

CODE, LINE, TEXT, ARTICLE, MANY = 200, 500, 2000, 20_000, 100
"""Characters of an identifier, a line, a text and a long text; items of a list."""
Code = Annotated[str, StringConstraints(max_length=CODE)]
Line = Annotated[str, StringConstraints(max_length=LINE)]
Text = Annotated[str, StringConstraints(max_length=TEXT)]
Article = Annotated[str, StringConstraints(max_length=ARTICLE)]


class Free:
    """Marks text for people that no rule depends on: a translator cuts it if it is too long. Also for lists."""

    def __init__(self, limit: int) -> None:
        self.limit = limit


FreeLine = Annotated[str, Free(LINE)]
FreeText = Annotated[str, Free(TEXT)]
FreeArticle = Annotated[str, Free(ARTICLE)]
MANY_FREE = Free(MANY)
"""Annotates a list that a translator may cut."""
