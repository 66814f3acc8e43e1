"""Signed notes (C2SP signed-note): a text, and under it who signed it, with Ed25519."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

_ED25519 = b"\x01"


class NoteRefused(Exception):
    """A note that none of the known keys has signed, or that is none."""


class Signer(Struct, frozen=True):
    """A private key with its name. ``public`` is what others verify with."""

    name: str
    secret: bytes

    @property
    def public(self) -> str:
        """``name+hash+key``, as signed notes write a public key."""
        key = _ED25519 + self._key.public_key().public_bytes_raw()
        return f"{self.name}+{_number(self.name, key).hex()}+{base64.b64encode(key).decode()}"

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.secret)

    def signature(self, text: str) -> str:
        """The line that says that this key signed the text."""
        number = bytes.fromhex(self.public.split("+", 2)[1])
        raw = number + self._key.sign(text.encode())
        return f"\u2014 {self.name} {base64.b64encode(raw).decode()}\n"


def new_signer(name: str) -> Signer:
    """A key of this name that nobody has had."""
    return Signer(name, Ed25519PrivateKey.generate().private_bytes_raw())


def signed(text: str, *signers: Signer) -> str:
    """The note: the text, which ends with a line's end, signed by each."""
    return text + "\n" + "".join(signer.signature(text) for signer in signers)


def opened(note: str, keys: Iterable[str]) -> str:
    """The text of a note that one of these public keys has signed. Raises NoteRefused."""
    text, found, signatures = note.rpartition("\n\n")
    known = [_public(key) for key in keys]
    for line in signatures.splitlines() if found else ():
        for name, number, key in known:
            if _is_signed(text + "\n", line, name, number, key):
                return text + "\n"
    raise NoteRefused("The note is not signed by a known key.")


def _is_signed(text: str, line: str, name: str, number: bytes, key: Ed25519PublicKey) -> bool:
    prefix = f"\u2014 {name} "
    if not line.startswith(prefix):
        return False
    try:
        raw = base64.b64decode(line[len(prefix) :], validate=True)
        key.verify(raw[4:], text.encode())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return raw[:4] == number


def _public(text: str) -> tuple[str, bytes, Ed25519PublicKey]:
    try:
        name, said, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        number = _number(name, raw)
        if raw[:1] != _ED25519 or said != number.hex():
            raise ValueError
        return name, number, Ed25519PublicKey.from_public_bytes(raw[1:])
    except ValueError as error:
        raise NoteRefused("This is no public key.") from error


def _number(name: str, key: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + key).digest()[:4]
