"""The maximum lengths of texts and lists from outside.

They are applied where a message is made or received: `Code`, `Line`, `Text` and `Article` in request models,
`shared/bounding.py` for contracts. Our own log is read without them.
"""

from typing import Annotated

from pydantic import StringConstraints

MAX_CODE_CHARACTERS, MAX_LINE_CHARACTERS, MAX_TEXT_CHARACTERS, MAX_ARTICLE_CHARACTERS, MANY = (
    200,
    500,
    2000,
    20_000,
    100,
)
"""Characters of an identifier, a line, a text and a long text; items of a list."""
Code = Annotated[str, StringConstraints(max_length=MAX_CODE_CHARACTERS)]
Line = Annotated[str, StringConstraints(max_length=MAX_LINE_CHARACTERS)]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT_CHARACTERS)]
Article = Annotated[str, StringConstraints(max_length=MAX_ARTICLE_CHARACTERS)]


class Free:
    """Marks text for people that no rule depends on: a translator cuts it if it is too long. Also for lists."""

    def __init__(self, limit: int) -> None:
        self.limit = limit


FreeLine = Annotated[str, Free(MAX_LINE_CHARACTERS)]
FreeText = Annotated[str, Free(MAX_TEXT_CHARACTERS)]
FreeArticle = Annotated[str, Free(MAX_ARTICLE_CHARACTERS)]
MANY_FREE = Free(MANY)
"""Annotates a list that a translator may cut."""
