"""Error for files that cannot be read; its text names the setting of an exceeded limit, never a value."""


class BadFile(Exception):
    """A file that cannot be read as a table."""


def beyond(what: str, setting: str, limit: int) -> BadFile:
    """Return the error for a file that exceeds a limit of `settings.drop`."""
    return BadFile(f"{what} more than {limit} (CARELOOP_DROP__{setting.upper()})")
