"""Local users stand in a file that others cannot read, as hashes."""

from pathlib import Path

import pytest

from console.users import UsersFile


def test_a_password_is_kept_as_a_hash_in_a_file_of_its_owner(tmp_path: Path) -> None:
    users = UsersFile(tmp_path / "users.json")
    users.put("liu", "long enough")
    text = (tmp_path / "users.json").read_text()
    assert "$argon2id$" in text
    assert "long enough" not in text
    assert (tmp_path / "users.json").stat().st_mode & 0o777 == 0o600
    assert (users.verify("liu", "long enough"), users.verify("liu", "other"), users.verify("wu", "")) == (
        True,
        False,
        False,
    )


def test_a_file_that_others_can_read_is_refused_with_the_way_out(tmp_path: Path) -> None:
    users = UsersFile(tmp_path / "users.json")
    users.put("liu", "long enough")
    (tmp_path / "users.json").chmod(0o640)
    with pytest.raises(PermissionError, match="chmod 600"):
        users.verify("liu", "long enough")


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 8"):
        UsersFile(tmp_path / "users.json").put("liu", "short")


def test_a_user_who_is_removed_is_nobody(tmp_path: Path) -> None:
    users = UsersFile(tmp_path / "users.json")
    users.put("liu", "long enough")
    users.put("wang", "long enough")
    users.remove("liu")
    assert (users.logins(), users.verify("liu", "long enough")) == (["wang"], False)
    with pytest.raises(KeyError):
        users.remove("liu")
