"""A mail server and a webhook on this machine that fail, hang and recover as they are told."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

WORKS, FAILS, HANGS = "works", "fails", "hangs"
HANGING_SECONDS = 3.0
"""Longer than a sender waits in these tests."""


@dataclass
class Service:
    """How the service behaves now, and the texts that it took."""

    url: str = ""
    mood: str = WORKS
    taken: list[str] = field(default_factory=list)
    asked: int = 0


@contextmanager
def webhook() -> Iterator[Service]:
    """A service that takes JSON by POST."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            service.asked += 1
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if service.mood == HANGS:
                time.sleep(HANGING_SECONDS)
                return
            self.send_response(200 if service.mood == WORKS else 503)
            self.end_headers()
            if service.mood == WORKS:
                service.taken.append(body["message"])

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    service.url = f"json://127.0.0.1:{server.server_port}/hook?cto=1&rto=1"
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Mailbox:
    def __init__(self, service: Service) -> None:
        self.service = service

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.service.asked += 1
        if self.service.mood == HANGS:
            await asyncio.sleep(HANGING_SECONDS)
        if self.service.mood != WORKS:
            return "451 try again later"
        message = message_from_bytes(envelope.content)
        parts = [part for part in message.walk() if part.get_content_type() == "text/plain"]
        payload = parts[0].get_payload(decode=True)
        assert isinstance(payload, bytes)
        self.service.taken.append(payload.decode().replace("\r\n", "\n").rstrip("\n"))
        return "250 taken"


@contextmanager
def mail_server() -> Iterator[Service]:
    """A service that takes mail by SMTP, without encryption and without a password."""
    service = Service()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(_Mailbox(service), hostname="127.0.0.1", port=port)
    controller.start()
    service.url = f"mailto://127.0.0.1:{port}?from=journey@example.org&to=c1@example.org&cto=1"
    try:
        yield service
    finally:
        controller.stop()
