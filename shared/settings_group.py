"""What every group of settings has in common."""

from pydantic import BaseModel, ConfigDict


class Group(BaseModel):
    """Settings that belong together. A name that none of them has is refused: nobody would notice a misspelt one."""

    model_config = ConfigDict(extra="forbid")
