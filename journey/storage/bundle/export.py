"""``audit export``: a bundle that a third party checks offline, of all facts or one journey's."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

import journey.programme
from journey.errors import StoreError
from journey.storage.bundle.check import (
    BUNDLE_FORM,
    CHECKPOINT,
    EARLIER,
    FACTS,
    KEYS,
    MANIFEST,
    PROOFS,
)
from journey.storage.checkpoint import Checkpoint, checkpoint_note, read_all
from journey.storage.decided import stream_of
from journey.storage.merkle import Tree
from journey.storage.note import signed
from journey.storage.reading import Raw, pages_by_position, sealed
from journey.storage.seal import GENESIS

if TYPE_CHECKING:
    from journey.storage.journeys import Journeys
    from journey.storage.signing import Key

_RULES: Final = Path(journey.programme.__file__).parent / "programmes"
_HERE: Final = Path(__file__).parent


class Exported(Struct, frozen=True):
    """What was written: how many facts, the files, and the public key to give by another way."""

    facts: int
    files: tuple[str, ...]
    key: str


def export(
    journeys: Journeys,
    folder: Path,
    journey: str | None = None,
    *,
    key: Key,
    checkpoints: Sequence[str] = (),
    at: datetime | None = None,
) -> Exported:
    """Write a bundle into an empty folder: all facts, or those of one journey with proofs.

    Other journeys' facts are not in a journey's bundle, only hashes. ``checkpoints`` are
    notes made earlier, which the bundle shows to be of the same record; its own is signed
    ``at`` a time (now). Memory holds 64
    bytes for each fact of the store. Raises Refused (unknown_journey), BadCheckpoint, or
    StoreError where the store cannot be read or the folder not written.
    """
    earlier = read_all(checkpoints, key.public)
    if journey is not None:
        journeys.history(journey)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise StoreError("The folder for the bundle must be empty: {folder}.", folder=folder)
        bundle = _Bundle(journeys, folder, journey, key, at or datetime.now(UTC))
        return bundle.write(checkpoints, earlier)
    except OSError as error:
        raise StoreError("The bundle cannot be written to {folder}.", folder=folder) from error


class _Bundle:
    def __init__(
        self, journeys: Journeys, folder: Path, journey: str | None, key: Key, at: datetime
    ) -> None:
        self._facts = journeys.facts
        self._folder = folder
        self._journey = journey
        self._stream = None if journey is None else stream_of(journey)
        self._key = key
        self._at = at
        self._tree = Tree()
        self._positions: list[int] = []
        self._digests: dict[str, str] = {}

    def write(self, notes: Sequence[str], earlier: Sequence[Checkpoint]) -> Exported:
        count = self._write_facts()
        head = Checkpoint(self._tree.size, self._tree.root())
        self._add(CHECKPOINT, checkpoint_note(self._key, head, self._at).encode())
        for number, note in enumerate(notes, 1):
            self._add(f"{EARLIER}/{number}.txt", note.encode())
        self._add(PROOFS, _pretty(self._proofs(earlier)))
        self._add(KEYS, _pretty(self._key.public))
        for rules in sorted(_RULES.glob("*.toml")):
            self._add(f"rules/{rules.name}", rules.read_bytes())
        self._add("check.py", (_HERE / "check.py").read_bytes())
        self._add("README.md", (_HERE / "README.md").read_bytes())
        (self._folder / MANIFEST).write_bytes(self._manifest().encode())
        return Exported(count, (*self._digests, MANIFEST), self._key.signer.public)

    def _add(self, name: str, content: bytes) -> None:
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        self._digests[name] = sha256(content).hexdigest()

    def _manifest(self) -> str:
        lines = (f"{digest} {name}\n" for name, digest in self._digests.items())
        return signed(f"{self._key.origin}\n{BUNDLE_FORM}\n{''.join(lines)}", self._key.signer)

    # --- facts -----------------------------------------------------------------------

    def _write_facts(self) -> int:
        digest, count = sha256(), 0
        with (self._folder / FACTS).open("wb") as out:
            for line in self._lines():
                count += 1
                digest.update(line)
                out.write(line)
        self._digests[FACTS] = digest.hexdigest()
        return count

    def _lines(self) -> Iterator[bytes]:
        previous = GENESIS
        for rows in pages_by_position(self._facts, self._facts.head()[0]):
            for row in rows:
                self._tree.append(sealed(row))
                if self._stream is None:
                    yield _line(row)
                elif row[1] == self._stream:
                    self._positions.append(row[0])
                    yield _line(row, previous)
                previous = row[-1]

    def _proofs(self, earlier: Sequence[Checkpoint]) -> dict[str, Any]:
        return {
            "journey": self._journey,
            "stream": self._stream and self._stream.hex(),
            "inclusion": {
                str(position): _hex(self._tree.inclusion(position - 1))
                for position in self._positions
            },
            "consistency": [
                {"file": f"{number}.txt", "proof": _hex(self._consistency(known))}
                for number, known in enumerate(earlier, 1)
            ],
        }

    def _consistency(self, known: Checkpoint) -> list[bytes]:
        """Of a checkpoint that knows more than there is, nothing can be shown."""
        return self._tree.consistency(known.size) if known.size <= self._tree.size else []


def _line(row: Raw, previous: bytes | None = None) -> bytes:
    position, stream, version, name, body, recorded_at, seal = row
    fact = {
        "position": position,
        "stream": stream.hex(),
        "version": version,
        "name": name.decode(),
        "recorded_at": recorded_at,
        **_body(body),
        "seal": seal.hex(),
    }
    if previous is not None:
        fact["previous"] = previous.hex()
    return msgspec.json.encode(fact) + b"\n"


def _body(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}


def _hex(hashes: Sequence[bytes]) -> list[str]:
    return [one.hex() for one in hashes]


def _pretty(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value)) + b"\n"
