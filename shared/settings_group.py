"""The base class of groups of settings."""

from pydantic import BaseModel, ConfigDict


class Group(BaseModel):
    """Settings that belong together. Unknown names are refused, so that typing errors are noticed.

    Errors never quote the input, which may be a password.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
