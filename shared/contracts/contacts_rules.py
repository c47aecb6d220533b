"""Published by contacts: rules of the hospital that several services obey."""

from typing import ClassVar

from pydantic import Field

from shared.definitions import Definition


class SecondPerson(Definition):
    """The four-eyes rule: one definition, `second-person/default`.

    `wait_days`: how long a refund, the settlement of a dispute or an erasure waits for a second person; then it must be
    proposed again. What is proposed keeps the term that it got.
    """

    kind: ClassVar[str] = "second-person"
    owner: ClassVar[str] = "contacts"

    wait_days: int = Field(7, ge=1, le=90)
