"""Check a bundle of facts: ``python3 check.py [--key KEY] [FOLDER]``.

This file stands alone: it needs Python 3.9 or later and nothing else, neither the program
that made the bundle nor a network. It makes every seal, every proof and every signature
anew, by its own code. Exit code 0: all is as it was signed; 5: something is not; 2: the
folder is no bundle.

Give ``--key`` the public key that you were given by another way; without it the bundle
can only be shown to agree with itself.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import struct
import sys
import uuid
from pathlib import Path
from typing import Any

MANIFEST, CHECKPOINT, KEYS, FACTS, PROOFS = (
    "MANIFEST",
    "checkpoint.txt",
    "keys.json",
    "facts.jsonl",
    "proofs.json",
)
EARLIER = "earlier"
BUNDLE_FORM = "journey-bundle/v1"
SUCCESSION_FORM = "journey-succession/v1"
JOURNEYS = uuid.UUID(
    "6f3d0c1e-52c8-5a53-9a5e-0d7f5f0f6a01"
)  # a stream is uuid5 of this and the key


_NOT_IN_FORM = (
    *(ValueError, TypeError, LookupError, AttributeError),
    *(OSError, RecursionError, OverflowError, struct.error),
)
"""What reading a file that is not in its form may raise."""


class Wrong(Exception):
    """Something in the bundle is not as it must be: (kind, detail)."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(kind, detail)
        self.kind, self.detail = kind, detail


# --- the tree (RFC 9162 section 2.1) -------------------------------------------------


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def included(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    """Whether the proof leads from this leaf hash, at this place (from 0), to the root
    (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, here = index, size - 1, leaf
    for other in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            here = node_hash(other, here)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            here = node_hash(here, other)
        place, last = place >> 1, last >> 1
    return last == 0 and here == root


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """Whether the proof shows that the tree of ``new`` leaves begins with that of ``old``
    (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        same = old_root == new_root if old == new else old_root == hashlib.sha256().digest()
        return same and not proof
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(other, before), node_hash(other, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, other)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


class Growing:
    """The root of a tree that grows leaf by leaf, from the roots of its full subtrees."""

    def __init__(self) -> None:
        self.size = 0
        self._full: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """One more leaf."""
        here, place = leaf_hash(leaf), self.size
        while place & 1:
            here, place = node_hash(self._full.pop(), here), place >> 1
        self._full.append(here)
        self.size += 1

    def root(self) -> bytes:
        """The root of all leaves so far."""
        if not self._full:
            return hashlib.sha256().digest()
        here = self._full[-1]
        for left in reversed(self._full[:-1]):
            here = node_hash(left, here)
        return here


# --- signatures: Ed25519 (RFC 8032 section 6), signed notes (C2SP) -------------------

KEY_BYTES, SIGNATURE_BYTES, ROOT_BYTES = 32, 64, 32
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]  # (X, Y, Z, T): x = X/Z, y = Y/Z, xy = T/Z


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(number: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = _add(total, point)
        point, number = _add(point, point), number >> 1
    return total


def _x_of(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def _point(raw: bytes) -> Point | None:
    number = int.from_bytes(raw, "little")
    y = number & (2**255 - 1)
    x = _x_of(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


_BASE_Y = 4 * pow(5, P - 2, P) % P
_BASE_X = _x_of(_BASE_Y, 0) or 0
BASE: Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % P)


def signed_by(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this Ed25519 signature of the message was made with the key."""
    if len(public) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    a, r = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    left, right = _times(s, BASE), _add(r, _times(int.from_bytes(digest, "little") % L, a))
    same_x = not (left[0] * right[2] - right[0] * left[2]) % P
    return same_x and not (left[1] * right[2] - right[1] * left[2]) % P


def key_of(text: str) -> tuple[str, bytes, bytes]:
    """A public key ``name+hash+key`` as (name, hash, Ed25519 key). Raises Wrong."""
    try:
        name, said, encoded = text.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        number = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        if raw[:1] == b"\x01" and len(raw) == 1 + KEY_BYTES and said == number.hex():
            return name, number, raw[1:]
    except ValueError:
        pass
    raise Wrong("key", f"this is no public key: {text[:80]!r}")


def opened(note: str, keys: list[str], what: str) -> list[str]:
    """The lines of a signed note that one of the keys has signed. Raises Wrong."""
    text, _, signatures = note.rpartition("\n\n")
    known = [key_of(key) for key in keys]
    for line in signatures.splitlines():
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except ValueError:
            continue
        for known_name, number, public in known:
            mine = dash == "\u2014" and name == known_name and raw[:4] == number
            if mine and signed_by(public, (text + "\n").encode(), raw[4:]):
                return text.split("\n")
    raise Wrong("signature", f"{what} is not signed by a key of this store")


def keys_from(first: str, successions: list[str]) -> list[str]:
    """All public keys: the first, and each that the one before it has signed. Raises Wrong."""
    keys = [first]
    for note in successions:
        lines = opened(note, [keys[-1]], "a change of keys")
        form, old, new = (*lines[1:], "", "", "")[:3]
        if (form, old) != (SUCCESSION_FORM, keys[-1]):
            raise Wrong("key", "a change of keys does not follow the key before it")
        opened(note, [new], "a change of keys")
        keys.append(new)
    return keys


def checkpoint_of(note: str, keys: list[str], what: str) -> tuple[int, bytes]:
    """A checkpoint's size and root. Raises Wrong."""
    lines = opened(note, keys, what)
    try:
        if lines[0] == key_of(keys[0])[0] and str(int(lines[1])) == lines[1]:
            root = base64.b64decode(lines[2], validate=True)
            if len(root) == ROOT_BYTES:
                return int(lines[1]), root
    except (ValueError, IndexError):
        pass
    raise Wrong("checkpoint", f"{what} is no checkpoint of this store")


# --- facts ---------------------------------------------------------------------------


def body_of(fact: dict[str, Any]) -> bytes:
    """A fact's body, exactly as it was stored."""
    if "body_base64" in fact:
        return base64.b64decode(fact["body_base64"], validate=True)
    body: str = fact["body"]
    return body.encode()


def seal_of(previous: bytes, fact: dict[str, Any]) -> bytes:
    """The seal of a fact: SHA-256 of the seal before it, its place and what it says."""
    name = fact["name"].encode()
    digest = hashlib.sha256(previous)
    place = (fact["position"], fact["recorded_at"], fact["version"], len(name))
    digest.update(struct.pack(">QqII", *place))
    digest.update(bytes.fromhex(fact["stream"]) + name + body_of(fact))
    return digest.digest()


class Bundle:
    """A bundle in a folder, and what is wrong with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.facts = 0
        self.findings: list[dict[str, Any]] = []

    def text(self, name: str) -> str:
        """A file's text. Raises Wrong."""
        try:
            return (self.folder / name).read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            raise Wrong("file", f"{name} cannot be read: {error}") from None

    def wrong(self, kind: str, detail: str, version: int | None = None) -> None:
        """Note what is wrong."""
        finding = {"journey": self.journey, "version": version, "kind": kind, "detail": detail}
        self.findings.append(finding)

    journey: str | None = None

    def check(self, key: str | None) -> None:
        """Check everything; what is wrong is noted."""
        try:
            said = json.loads(self.text(KEYS))
            if key is not None and key.strip() not in keys_from(said["first"], said["successions"]):
                raise Wrong("key", "the key that you trust is none of this bundle's")
            keys = keys_from(said["first"], said["successions"])
            self._manifest(keys)
            self._facts(keys)
        except Wrong as wrong:
            self.wrong(wrong.kind, wrong.detail)
        except _NOT_IN_FORM as error:
            self.wrong("file", f"a file is not in the form of a bundle: {error!r}")

    def _manifest(self, keys: list[str]) -> None:
        """Every file is as it was when the bundle was signed, and there is no other."""
        lines = opened(self.text(MANIFEST), keys, MANIFEST)
        if lines[1] != BUNDLE_FORM:
            raise Wrong("file", f"{MANIFEST} is of another form")
        listed = dict(line.split(" ", 1)[::-1] for line in lines[2:])
        here = {
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        for name in sorted(here - listed.keys() - {MANIFEST}):
            self.wrong("file", f"{name} does not belong to the bundle")
        for name, digest in listed.items():
            if name not in here:
                self.wrong("file", f"{name} is missing")
            elif hashlib.sha256((self.folder / name).read_bytes()).hexdigest() != digest:
                self.wrong("file", f"{name} is not as it was signed")

    def _facts(self, keys: list[str]) -> None:
        size, root = checkpoint_of(self.text(CHECKPOINT), keys, CHECKPOINT)
        proofs = json.loads(self.text(PROOFS))
        self.journey = proofs["journey"]
        if proofs["stream"] is None:
            self._whole(size, root)
        else:
            self._one_journey(proofs, size, root)
        for earlier in proofs["consistency"]:
            name = f"{EARLIER}/{earlier['file']}"
            old, old_root = checkpoint_of(self.text(name), keys, name)
            proof = [bytes.fromhex(one) for one in earlier["proof"]]
            if not consistent(old, size, old_root, root, proof):
                self.wrong("checkpoint", f"{name} is not of the same record")

    def _whole(self, size: int, root: bytes) -> None:
        """The chain from its beginning, and its tree."""
        previous, tree, time = bytes(32), Growing(), -(2**63)
        versions: dict[str, int] = {}
        for fact in self._each():
            self.facts += 1
            version = versions[fact["stream"]] = versions.get(fact["stream"], 0) + 1
            if fact["position"] != self.facts:
                self.wrong("position", f"position {fact['position']} stands at {self.facts}")
            if fact["version"] != version:
                self.wrong("version", f"position {fact['position']}: not version {version}")
            if fact["recorded_at"] < time:
                self.wrong("time", f"position {fact['position']} is earlier than the one before")
            time, previous = fact["recorded_at"], self._sealed(previous, fact)
            tree.append(previous)
        if (tree.size, tree.root()) != (size, root):
            self.wrong("checkpoint", f"{self.facts} facts are not the {size} that were signed")

    def _one_journey(self, proofs: dict[str, Any], size: int, root: bytes) -> None:
        """Each fact's seal, and the proof that it is in the tree."""
        if proofs["stream"] != uuid.uuid5(JOURNEYS, proofs["journey"]).hex:
            self.wrong("stream", "the stream is not that of the journey's key")
        position, time = 0, -(2**63)
        for version, fact in enumerate(self._each(), 1):
            self.facts += 1
            here = fact["position"]
            if (fact["version"], fact["stream"]) != (version, proofs["stream"]):
                self.wrong("version", f"version {version} of the journey is missing", version)
            if here <= position or fact["recorded_at"] < time:
                self.wrong("time", f"position {here} is out of order", version)
            position, time = here, fact["recorded_at"]
            sealed = self._sealed(bytes.fromhex(fact["previous"]), fact)
            proof = [bytes.fromhex(one) for one in proofs["inclusion"][str(here)]]
            if not included(leaf_hash(sealed), here - 1, size, proof, root):
                self.wrong("proof", f"position {here} is not in the signed record", version)
        if self.facts != len(proofs["inclusion"]):
            self.wrong("version", "facts of the journey are missing")

    def _sealed(self, previous: bytes, fact: dict[str, Any]) -> bytes:
        """The seal made anew, noted where it is not the fact's own; the fact's own."""
        said = bytes.fromhex(fact["seal"])
        if seal_of(previous, fact) != said:
            detail = f"the seal at position {fact['position']} does not fit the fact"
            self.wrong("seal", detail, fact["version"])
        return said

    def _each(self) -> Any:
        with (self.folder / FACTS).open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                yield json.loads(line)


def check(folder: Path, key: str | None = None) -> dict[str, Any]:
    """What checking the bundle in this folder finds: ``{facts, intact, findings}``.

    ``key`` is a public key that is trusted for other reasons than that it is in the bundle.
    """
    bundle = Bundle(folder)
    bundle.check(key)
    return {"facts": bundle.facts, "intact": not bundle.findings, "findings": bundle.findings}


def main() -> int:
    """Check a folder and say what was found."""
    options = argparse.ArgumentParser(prog="check.py", description=__doc__)
    options.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    options.add_argument("--key", help="the public key that you trust")
    options.add_argument("--json", action="store_true", help="answer in JSON")
    given = options.parse_args()
    if not (given.folder / MANIFEST).is_file():
        sys.stderr.write(f"{given.folder} is no bundle: it has no {MANIFEST}.\n")
        return 2
    found = check(given.folder, given.key)
    if given.json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        for one in found["findings"]:
            sys.stdout.write(f"{one['kind']}: {one['detail']}\n")
        sys.stdout.write(f"{found['facts']} facts, {'intact' if found['intact'] else 'NOT INTACT'}")
        sys.stdout.write("\n" if given.key else "; no key was given to trust (--key).\n")
    return 0 if found["intact"] else 5


if __name__ == "__main__":
    sys.exit(main())
