"""Why a file is not read: the text says what is wrong and, of a limit, which setting moves it; never a value."""


class BadFile(Exception):
    """A file that cannot be read as a table."""


def beyond(what: str, setting: str, limit: int) -> BadFile:
    """The refusal of a file that is more than a limit of `settings.drop` lets it be."""
    return BadFile(f"{what} more than {limit} (CARELOOP_DROP__{setting.upper()})")
