"""What the pages of dead letters show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from careloop_client.ops.models import Letter
from console.problems import Trouble

AT_ONCE = 50
"""How many letters are sent again by one click."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters are listed. `redriven`: those too that were sent again."""

    reader: str = ""
    reason: str = ""
    redriven: bool = False
    cursor: str = ""

    def page(self, cursor: str) -> str:
        """The query of another page."""
        fields = {"reader": self.reader, "reason": self.reason, "redriven": "true" if self.redriven else ""}
        return urlencode({name: value for name, value in {**fields, "cursor": cursor}.items() if value})

    @property
    def query(self) -> str:
        """The query of this page."""
        return self.page(self.cursor)


def asked_filter(
    reader: Annotated[str, Query(max_length=200)] = "",
    reason: Annotated[str, Query(max_length=200)] = "",
    redriven: bool = False,
    cursor: Annotated[str, Query(max_length=200)] = "",
) -> Filter:
    """The filter in a URL."""
    return Filter(reader, reason, redriven, cursor)


Asked = Annotated[Filter, Depends(asked_filter)]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of letters that were sent again. `refused`: id → why."""

    sent: int
    refused: dict[str, Trouble]


def result(ids: Sequence[str], answers: Sequence[object]) -> Result:
    """The result of sending these letters again, by the answer to each."""
    refused = {id: answer for id, answer in zip(ids, answers, strict=True) if isinstance(answer, Trouble)}
    return Result(len(ids) - len(refused), refused)


def choices(present: Sequence[str], chosen: str) -> list[str]:
    """What a filter offers: what letters have, and what is chosen."""
    return sorted({*present, *([chosen] if chosen else [])})


def waits(letter: Letter) -> bool:
    """Whether a letter may still be sent again."""
    return not letter.redriven
