"""What someone with the database in hand may do to it, each kind at a random place."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import make_url

from journey.storage.seal import GENESIS, seal

_COLUMNS = "stream, version, name, body, recorded_at, seal"


class Tamperer:
    """A file opened by hand, its triggers dropped."""

    def __init__(self, store: Path | str, random: Random) -> None:
        self.random = random
        self.file: Any = self._opened(store)
        ((self.last,),) = self._all("SELECT MAX(position) FROM facts")

    def _opened(self, store: Path | str) -> Any:
        file = sqlite3.connect(store, isolation_level=None)
        triggers = file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            file.execute(f"DROP TRIGGER {name}")
        return file

    def run(self, statement: str, *values: Any) -> Any:
        """Run a statement, whatever it does; a value stands for each ``?``."""
        return self.file.execute(statement, values)

    def _all(self, query: str, *values: Any) -> list[Any]:
        found: list[Any] = self.run(query, *values).fetchall()
        return found

    def _set(self, position: int, column: str, value: Any) -> None:
        self.run(f"UPDATE facts SET {column} = ? WHERE position = ?", value, position)

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
        self.run(
            f"UPDATE facts SET {column} = CAST(? AS {'TEXT' if column == 'name' else 'BLOB'}) "
            "WHERE position = ?",
            self._changed(raw),
            here,
        )

    def a_byte(self) -> None:
        """One byte of what a fact says, or of whose it is."""
        self._byte_of(self.random.choice(["body", "body", "name", "stream"]))

    def a_row_removed(self) -> None:
        """A fact before the last."""
        self.run("DELETE FROM facts WHERE position = ?", self._somewhere(self.last - 1))

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
        self.run("UPDATE facts SET position = -position - 1 WHERE position > ?", here)
        self.run("UPDATE facts SET position = -position WHERE position < 0")
        stream = UUID(int=self.random.getrandbits(128)).bytes
        query = f"INSERT INTO facts (position, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
        self.run(query, here + 1, stream, *row[1:])

    def a_time(self) -> None:
        """When a fact became known."""
        here, by = self._somewhere(), self.random.choice([-3_600_000_000, -1, 1, 3_600_000_000])
        self.run("UPDATE facts SET recorded_at = recorded_at + ? WHERE position = ?", by, here)

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
        self.run("DELETE FROM facts WHERE position >= ?", first)

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


class OwnersTamperer(Tamperer):
    """The tables of a PostgreSQL server in its owner's hand, the triggers switched off."""

    def _opened(self, store: Path | str) -> Any:
        url = make_url(str(store)).set(drivername="postgresql")
        owner = psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
        owner.execute("SET session_replication_role = replica")
        return owner

    def run(self, statement: str, *values: Any) -> Any:
        """Run a statement, whatever it does; a value stands for each ``?``."""
        return self.file.execute(statement.replace("?", "%s"), values)

    def _byte_of(self, column: str) -> None:
        here = self._somewhere()
        raw = "convert_to(name, 'UTF8')" if column == "name" else column
        ((found,),) = self._all(f"SELECT {raw} FROM facts WHERE position = ?", here)
        changed = self._changed(found)
        if column == "name":  # what is no text cannot be kept
            name = found.decode()
            changed = name[:-1] + ("x" if name[-1] != "x" else "y")
        self._set(here, column, changed)


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
NOT_ON_A_SERVER = frozenset({"another_type"})
"""PostgreSQL keeps no value of another type than its column's."""
SEEN_BY_A_CHECKPOINT = frozenset({"tail_cut_off", "written_anew"})
"""The chain itself is whole: only what someone else has kept tells."""
