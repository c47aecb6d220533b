"""Where something was refused: on a topic, or by an intake before it was on any. Dead letters hold the text."""

from typing import NamedTuple


class OnTopic(NamedTuple):
    """A topic with the refused record. Its text is its name."""

    name: str

    def __str__(self) -> str:
        return self.name


class AtIntake(NamedTuple):
    """An intake that stored nothing but the dead letter. As text `<name>/<digest>`; `digest` is of the bytes."""

    name: str
    digest: str

    def __str__(self) -> str:
        return f"{self.name}/{self.digest}"


def refused_at(text: str) -> OnTopic | AtIntake:
    """Parse the text form; names of topics have no slash."""
    name, slash, digest = text.partition("/")
    return AtIntake(name, digest) if slash else OnTopic(name)
