"""The configured master keys: the current one wraps data keys, former ones unwrap until all keys are re-wrapped."""

from collections.abc import Sequence

from shared import ciphers
from shared.keystore import Wrapped

SIZES = (16, 32)
"""In bytes. New logs use 32; 16 is accepted for old logs."""


class WrongMasterKey(Exception):
    """A key of the store was wrapped with a master key that is not configured."""


class Masters:
    """`current` and `former` are keys of 16 or 32 bytes. Raises ValueError for others."""

    def __init__(self, current: bytes, former: Sequence[bytes] = ()) -> None:
        for name, key in (("MASTER", current), *(("FORMER_MASTERS", key) for key in former)):
            if len(key) not in SIZES:
                raise ValueError(f"CARELOOP_KEYS__{name} must be 16 or 32 bytes in hex: `careloop keys new` makes one")
        self._keys = {ciphers.kid("master", key): key for key in (current, *former)}
        self.kid = next(iter(self._keys))
        self.short = len(current) < ciphers.KEY_BYTES

    @property
    def former(self) -> list[str]:
        """The kids of the former master keys."""
        return [kid for kid in self._keys if kid != self.kid]

    def wrap(self, key: bytes) -> Wrapped:
        """Wrap a data key with the current master key."""
        return Wrapped(ciphers.wrap(self._keys[self.kid], key), self.kid)

    def outgrown(self, wrapped: Wrapped) -> bool:
        """Whether a longer master key than the current one wrapped this key."""
        return self.short and len(self._keys.get(wrapped.kid, b"")) > len(self._keys[self.kid])

    def unwrap(self, wrapped: Wrapped) -> bytes:
        """The data key. Keys of earlier releases name no master key: each is tried. Raises `WrongMasterKey`."""
        if wrapped.kid and wrapped.kid not in self._keys:
            raise WrongMasterKey(
                f"the key store has keys under master {wrapped.kid}, which is neither CARELOOP_KEYS__MASTER "
                f"({self.kid}) nor in CARELOOP_KEYS__FORMER_MASTERS ({', '.join(self.former) or 'empty'}): add it there"
            )
        for kid in [wrapped.kid] if wrapped.kid else self._keys:
            if key := ciphers.unwrap(self._keys[kid], wrapped.key):
                return key
        raise WrongMasterKey(
            "the key store was written under another master than CARELOOP_KEYS__MASTER "
            f"({self.kid}) and CARELOOP_KEYS__FORMER_MASTERS ({', '.join(self.former) or 'empty'})"
        )
