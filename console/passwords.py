"""What a password must not be (NIST SP 800-63B, 3.1.1.2): short, common, or made of words that anybody here knows.

Nothing else is asked of it: any characters, up to `LONGEST` of them, and no change without a reason.
"""

from collections.abc import Iterable

SHORTEST, LONGEST = 8, 1000
"""Characters."""
OURS = "careloop"


class WeakPassword(ValueError):
    """`problem`: the key of the sentence for whoever chose it."""

    def __init__(self, problem: str, reason: str) -> None:
        super().__init__(reason)
        self.problem = problem


def check(password: str, known: Iterable[str]) -> None:
    """Raises `WeakPassword`. `known`: words that anybody here knows of the user, as their login."""
    if len(password) < SHORTEST:
        raise WeakPassword("sign-in.password-short", f"a password has at least {SHORTEST} characters")
    if len(password) > LONGEST:
        raise WeakPassword("sign-in.password-long", f"a password has at most {LONGEST} characters")
    lower = password.casefold()
    if lower in _common():
        raise WeakPassword("sign-in.password-common", "it is one of the 30,000 most common passwords")
    for word in {OURS, *(each.casefold() for each in known)} - {""}:
        if word in lower and len(lower.replace(word, "")) < SHORTEST:
            raise WeakPassword("sign-in.password-known", f"without `{word}`, which anybody here knows, it is too short")


def _common() -> set[str]:
    """The most common passwords of leaks, as zxcvbn has them; read only where a password is chosen (0.4 s, 10 MB)."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return set(FREQUENCY_LISTS["passwords"])
