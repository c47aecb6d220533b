"""What every group of settings has in common."""

from pydantic import BaseModel, ConfigDict


class Group(BaseModel):
    """Settings that belong together. A name that none of them has is refused: nobody would notice a misspelt one.

    Errors never quote the input, which may be a password.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
