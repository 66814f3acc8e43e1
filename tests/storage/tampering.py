"""What someone with the database file in hand may do to it, each kind at a random place."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from journey.storage.seal import GENESIS, seal

_COLUMNS = "stream, version, name, body, recorded_at, seal"


class Tamperer:
    """The file opened by hand, its triggers dropped."""

    def __init__(self, file: Path, random: Random) -> None:
        self.random = random
        self.file = sqlite3.connect(file, isolation_level=None)
        for (name,) in list(self._all("SELECT name FROM sqlite_master WHERE type = 'trigger'")):
            self.file.execute(f"DROP TRIGGER {name}")
        ((self.last,),) = self._all("SELECT MAX(position) FROM facts")

    def _all(self, query: str, *values: Any) -> list[Any]:
        return self.file.execute(query, values).fetchall()

    def _set(self, position: int, column: str, value: Any) -> None:
        self.file.execute(f"UPDATE facts SET {column} = ? WHERE position = ?", (value, position))

    def _somewhere(self, upto: int | None = None) -> int:
        return self.random.randint(1, upto or self.last)

    def _changed(self, raw: bytes) -> bytes:
        place = self.random.randrange(len(raw))
        other = raw[place] ^ self.random.randint(1, 255)
        return raw[:place] + bytes([other]) + raw[place + 1 :]

    def _byte_of(self, column: str) -> None:
        here = self._somewhere()
        query = f"SELECT CAST({column} AS BLOB) FROM facts WHERE position = ?"
        ((raw,),) = self._all(query, here)
        self.file.execute(
            f"UPDATE facts SET {column} = CAST(? AS {'TEXT' if column == 'name' else 'BLOB'}) "
            "WHERE position = ?",
            (self._changed(raw), here),
        )

    def a_byte(self) -> None:
        """One byte of what a fact says, or of whose it is."""
        self._byte_of(self.random.choice(["body", "body", "name", "stream"]))

    def a_row_removed(self) -> None:
        """A fact before the last."""
        self.file.execute("DELETE FROM facts WHERE position = ?", (self._somewhere(self.last - 1),))

    def two_swapped(self) -> None:
        """Two facts with all that they hold, their seals too."""
        one, other = self.random.sample(range(1, self.last + 1), 2)
        self._set(one, "position", -1)
        self._set(other, "position", one)
        self._set(-1, "position", other)

    def one_inserted(self) -> None:
        """A further fact in the middle, or after the end, sealed as the one before it was."""
        here = self._somewhere()
        (row,) = self._all(f"SELECT {_COLUMNS} FROM facts WHERE position = ?", here)
        self.file.execute("UPDATE facts SET position = -position - 1 WHERE position > ?", (here,))
        self.file.execute("UPDATE facts SET position = -position WHERE position < 0")
        stream = UUID(int=self.random.getrandbits(128)).bytes
        query = f"INSERT INTO facts (position, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
        self.file.execute(query, (here + 1, stream, *row[1:]))

    def a_time(self) -> None:
        """When a fact became known."""
        here, by = self._somewhere(), self.random.choice([-3_600_000_000, -1, 1, 3_600_000_000])
        self.file.execute(
            "UPDATE facts SET recorded_at = recorded_at + ? WHERE position = ?", (by, here)
        )

    def a_version(self) -> None:
        """A fact's number in its journey."""
        self._set(self._somewhere(), "version", 10_000 + self.random.randrange(99))

    def a_hash(self) -> None:
        """One byte of a seal."""
        self._byte_of("seal")

    def another_type(self) -> None:
        """A value that no fact has."""
        column = self.random.choice(["body", "recorded_at", "version", "seal", "stream"])
        self._set(self._somewhere(), column, self.random.choice(["x", 1.5, b"x", "å"]))

    def tail_cut_off(self) -> None:
        """The last facts."""
        first = self._somewhere(self.last - 1) + 1
        self.file.execute("DELETE FROM facts WHERE position >= ?", (first,))

    def written_anew(self) -> None:
        """One byte changed, and the whole chain sealed anew from there on."""
        self._byte_of("body")
        self.sealed_anew()

    def sealed_anew(self) -> None:
        """Every seal made to fit what is there now."""
        previous = GENESIS
        query = "SELECT position, recorded_at, stream, version, name, body FROM facts"
        for position, time, stream, version, name, body in self._all(f"{query} ORDER BY position"):
            previous = seal(previous, position, time, stream, version, name, body)
            self._set(position, "seal", previous)


KINDS: dict[str, Callable[[Tamperer], None]] = {
    kind.__name__: kind
    for kind in (
        Tamperer.a_byte,
        Tamperer.a_row_removed,
        Tamperer.two_swapped,
        Tamperer.one_inserted,
        Tamperer.a_time,
        Tamperer.a_version,
        Tamperer.a_hash,
        Tamperer.another_type,
        Tamperer.tail_cut_off,
        Tamperer.written_anew,
    )
}
SEEN_BY_A_CHECKPOINT = frozenset({"tail_cut_off", "written_anew"})
"""The chain itself is whole: only what someone else has kept tells."""
