"""The store's key for signing: made on first use, kept beside the store, changed with a trace.

The file holds the private key, the first public key and every succession: a note in which
the old key and the new sign that the one follows the other. Who trusts the first key
can so trust the newest; who holds the file can sign. Losing it breaks no seal: a new key
signs from then on, and must be made known anew.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import msgspec
from msgspec import Struct

from journey.errors import StoreUnusable
from journey.storage.bundle.check import SUCCESSION_FORM, Wrong, keys_from
from journey.storage.files import write_whole
from journey.storage.note import Signer, new_signer, signed

if TYPE_CHECKING:
    from journey.storage.journeys import Journeys

VARIABLE: Final = "JOURNEY_KEY"
"""The environment's name for the key's file, where it is not beside the store."""


class PublicKeys(Struct, frozen=True):
    """What others need to verify: the first public key, and how the later ones follow it."""

    first: str
    successions: tuple[str, ...] = ()

    def all(self) -> tuple[str, ...]:
        """Every public key, the newest last. Raises StoreUnusable where a succession is false."""
        try:
            return tuple(keys_from(self.first, list(self.successions)))
        except Wrong as error:
            raise _unreadable() from error


class Key(Struct, frozen=True):
    """The key that signs now, and the public keys up to it."""

    signer: Signer
    public: PublicKeys

    @property
    def origin(self) -> str:
        """The name under which the store signs; it stays through every change of keys."""
        return self.signer.name


def key_file(journeys: Journeys, environment: Mapping[str, str] = os.environ) -> Path:
    """Where the store's key is: as the environment says, or beside a store in a file.

    Raises StoreUnusable where neither names a place (a store in memory).
    """
    named = environment.get(VARIABLE)
    if named:
        return Path(named)
    store = journeys.engine.url.database
    if journeys.engine.dialect.name != "sqlite" or store in (None, "", ":memory:"):
        raise StoreUnusable("Name a file for the signing key: JOURNEY_KEY.")
    return Path(f"{store}.key")


def public_keys(text: str | bytes) -> PublicKeys:
    """The public keys as a bundle's ``keys.json`` has them. Raises StoreUnusable."""
    try:
        keys = msgspec.json.decode(text, type=PublicKeys)
        keys.all()
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreUnusable("This is no file of public keys.") from error
    return keys


def known_keys(file: Path) -> PublicKeys:
    """The public keys in the store's key file; none is made. Raises StoreUnusable."""
    try:
        return _read(file).public
    except FileNotFoundError as error:
        raise StoreUnusable(
            "There is no key to verify with: name the file with the public keys (--keys)."
        ) from error


def signing_key(file: Path) -> Key:
    """The key in this file, made now where there is none. Raises StoreUnusable."""
    with suppress(FileNotFoundError):
        return _read(file)
    signer = new_signer(f"journey/{uuid4()}")
    _write(file, Key(signer, PublicKeys(signer.public)), replace=False)
    return _read(file)


def rotated(file: Path) -> Key:
    """A new key in the place of the old one, which signs that it follows. Raises StoreUnusable."""
    old = signing_key(file)
    signer = new_signer(old.origin)
    text = "\n".join((old.origin, SUCCESSION_FORM, old.signer.public, signer.public, ""))
    succession = signed(text, old.signer, signer)
    public = PublicKeys(old.public.first, (*old.public.successions, succession))
    _write(file, Key(signer, public), replace=True)
    return Key(signer, public)


def _read(file: Path) -> Key:
    try:
        key = msgspec.json.decode(file.read_bytes(), type=Key)
        newest = key.public.all()[-1]
    except FileNotFoundError:
        raise
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _unreadable() from error
    if newest != key.signer.public:
        raise _unreadable()
    return key


def _write(file: Path, key: Key, *, replace: bool) -> None:
    """The whole file at once, for its owner alone; a first key never takes another's place."""
    try:
        write_whole(file, msgspec.json.encode(key), replace=replace)
    except OSError as error:
        raise StoreUnusable("The signing key cannot be written.") from error


def _unreadable() -> StoreUnusable:
    return StoreUnusable("The file of the signing key is damaged or cannot be read.")
