"""How long a text or list from outside may be, in one place.

Bounds hold where a message is made or taken in: `Code`, `Line`, `Text` and `Article` in the models of requests,
`shared/bounding.py` for contracts. Our own log is read without them.
"""

from typing import Annotated

from pydantic import StringConstraints

CODE, LINE, TEXT, ARTICLE, MANY = 200, 500, 2000, 20_000, 100
"""Characters of what names something, of a line, of a text, of what somebody wrote at length; items of a list."""
Code = Annotated[str, StringConstraints(max_length=CODE)]
Line = Annotated[str, StringConstraints(max_length=LINE)]
Text = Annotated[str, StringConstraints(max_length=TEXT)]
Article = Annotated[str, StringConstraints(max_length=ARTICLE)]


class Free:
    """Marks what people read and nothing goes by: too long, a translator cuts it. A list of so many items alike."""

    def __init__(self, limit: int) -> None:
        self.limit = limit


FreeLine = Annotated[str, Free(LINE)]
FreeText = Annotated[str, Free(TEXT)]
FreeArticle = Annotated[str, Free(ARTICLE)]
MANY_FREE = Free(MANY)
"""Annotates a list that a translator may cut."""
