"""Several threads and processes of the example host share one store: nothing lost or doubled."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from flask import Flask
from host import tables
from host.app import create_app
from sqlalchemy import select

from journey import Journeys
from journey.storage.verify import verify
from tests.docs.asking import ask, registration
from tests.docs.conftest import store_of
from tests.storage.stores import TODAY, kinds_in

ROOT = Path(__file__).parents[2]
THREADS = 4
EACH = 5
BUSY = (409, 503)
"""What is answered while others write, and asks to come again."""

Post = Callable[[str, str, object, str], int]
"""A POST to a path, by a login, of a body, with an Idempotency-Key: its status."""


def everything(post: Post, worker: int) -> None:
    """One client's work: cases of its own, a share of a common journey's, each sent twice.

    What is answered "busy" is sent again, with the same key.
    """
    for number in range(EACH):
        own = 100 * (worker + 1) + number
        support = {"do": "support_preparation", "on": "2026-02-03", "kind": f"k{own}"}
        for path, login, body in (
            ("/journeys", "olle", registration(own)),
            ("/journeys/j1/commands", "olle", support),
        ):
            for _ in range(2):
                assert sent(post, path, login, body, f"{path}:{own}") in {200, 201}


def sent(post: Post, path: str, login: str, body: object, key: str) -> int:
    """The status in the end."""
    deadline = time.monotonic() + 60
    while (status := post(path, login, body, key)) in BUSY and time.monotonic() < deadline:
        time.sleep(0.02)
    return status


def is_whole(journeys: Journeys, workers: int) -> None:
    """The host's tables and the store hold everything, and each thing once."""
    own = {100 * (worker + 1) + number for worker in range(workers) for number in range(EACH)}
    with journeys.engine.connect() as connection:
        found = list(connection.scalars(select(tables.cases.c.journey)))
    assert Counter(found) == Counter({"j1", *(f"j{number}" for number in own)})
    assert Counter(kinds_in(journeys)) == Counter(f"k{number}" for number in own)
    assert all(journeys.load(key).version == 1 for key in found if key != "j1")
    assert journeys.facts.head()[0] == 1 + 2 * len(own)
    assert verify(journeys).findings == ()


def test_threads_of_one_process(app: Flask, journeys: Journeys) -> None:
    def post(path: str, login: str, body: object, key: str) -> int:
        return ask(app, path, login, post=body, key=key).status

    assert post("/journeys", "olle", registration(), "first") == 201
    at_once(lambda worker: everything(post, worker), THREADS)
    is_whole(journeys, THREADS)


def test_two_processes_as_the_readme_starts_them(store_url: str) -> None:
    """Each a threaded server, both on one store; the clients use them in turn."""
    with ExitStack() as running:
        servers = [running.enter_context(served(store_url)) for _ in range(2)]

        def everyone(worker: int) -> None:
            everything(posted(servers[worker % len(servers)]), worker)

        assert posted(servers[0])("/journeys", "olle", registration(), "first") == 201
        at_once(everyone, THREADS)
    looked_at = create_app(store_url, today=TODAY)
    journeys = store_of(looked_at)
    is_whole(journeys, THREADS)
    journeys.close()
    journeys.engine.dispose()


def at_once(work: Callable[[int], None], workers: int) -> None:
    """The work of all, each on a thread; raises what any of them raised."""
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))


@contextmanager
def served(url: str) -> Iterator[str]:
    """The example's own server on a free port: its address, while it runs."""
    readme = (ROOT / "docs/examples/host/README.md").read_text("utf-8")
    assert ".venv/bin/flask --app docs/examples/host/app.py run" in readme
    command = (sys.executable, "-m", "flask", "--app", "docs/examples/host/app.py", "run")
    environment = {**os.environ, "HOST_DB": url}
    with subprocess.Popen(
        [*command, "--port", "0"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        with ThreadPoolExecutor(1) as reading:
            try:
                address = address_in(server.stderr)
                reading.submit(server.stderr.read)  # its log must not fill the pipe
                yield address
            finally:
                server.terminate()


def address_in(log: IO[str]) -> str:
    """The address that a server says it has; all it said otherwise."""
    told = []
    for line in log:
        told.append(line)
        if address := re.search(r"Running on (http://[\d.:]+)", line):
            return address[1]
    raise AssertionError("".join(told))


def posted(address: str) -> Post:
    """Posts to a server."""

    def post(path: str, login: str, body: object, key: str) -> int:
        name = base64.b64encode(f"{login}:".encode()).decode()
        headers = {"Authorization": f"Basic {name}", "Content-Type": "application/json"}
        content: Any = json.dumps(body).encode()
        request = Request(address + path, content, {**headers, "Idempotency-Key": key})
        try:
            with urlopen(request, timeout=30) as answer:
                return int(answer.status)
        except HTTPError as error:
            with error:
                return error.code

    return post
