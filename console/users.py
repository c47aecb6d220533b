"""Local users: logins with argon2 hashes in a file of mode 0600, for a hospital without an identity provider.

What a user may do is never here but in their `staff` definition. No hash is ever on a topic.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

from console.passwords import check


class UsersFile:
    """The file: a JSON object of login → hash. It is read at each sign-in, so that a change needs no restart."""

    def __init__(self, file: Path) -> None:
        self._file, self._hashes = file, PasswordHash.recommended()

    def _read(self) -> dict[str, str]:
        if not self._file.exists():
            return {}
        if self._file.stat().st_mode & 0o077:
            raise PermissionError(f"{self._file} may be read by others: chmod 600 {self._file}")
        return dict(json.loads(self._file.read_text()))

    def verify(self, login: str, password: str) -> bool:
        """Whether this is the login's password. An unknown login costs as much time as a wrong password."""
        try:
            return self._hashes.verify(password, self._read().get(login, _nobody())) and bool(password)
        except UnknownHashError:
            return False

    def put(self, login: str, password: str, known: Iterable[str] = ()) -> None:
        """Add a user or change a password. Raises `WeakPassword`; `known`: words that it must not be made of."""
        check(password, (login, *known))
        hashed = self._hashes.hash(password)
        with self._alone():
            self._write({**self._read(), login: hashed})

    def remove(self, login: str) -> None:
        """Remove a user. Raises KeyError."""
        with self._alone():
            users = self._read()
            del users[login]
            self._write(users)

    def logins(self) -> list[str]:
        """All logins."""
        return sorted(self._read())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait for other processes that change the file, so that no change is lost."""
        with open(f"{self._file}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, users: dict[str, str]) -> None:
        """Replace the file at once, so that a reader never sees half of it."""
        with NamedTemporaryFile("w", dir=self._file.parent, delete=False) as new:  # mode 0600
            json.dump(users, new, indent=1)
        os.replace(new.name, self._file)


@cache
def _nobody() -> str:
    """The hash that is tried for an unknown login."""
    return PasswordHash.recommended().hash("")
