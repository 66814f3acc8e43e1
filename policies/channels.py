"""How a notice leaves the house: the log, a host's own function, or any service of apprise.

What leaves carries ids, dates and codes only (domain.md §9.10). ``JOURNEY_NOTIFY`` names
the services as URLs, apart by blanks: ``mailtos://user:key@example.org?to=…``,
``jsons://example.org/hook``. A URL may hold a key, so a channel is known by a digest of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
from msgspec import Struct

from journey.errors import JourneyError
from journey.language import N_
from journey.values import NoticeStage, Role

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

VARIABLE: Final = "JOURNEY_NOTIFY"


class Message(Struct, frozen=True):
    """What leaves the house. ``id`` is the same when a message comes a second time.

    ``on`` is the day of the round, ``to`` the role that is told, ``coach`` the id of the
    journey's coach. Of a person with protected identity neither coach nor municipality
    is said (domain.md §9.9).
    """

    id: int
    journey: str
    kind: str
    what: str
    notice: NoticeStage
    due_on: date
    act_by: date
    on: date
    to: Role
    coach: str | None
    municipality: str | None

    def as_text(self) -> str:
        """A line for each field: the same for a person, a log and a program."""
        fields: dict[str, Any] = msgspec.to_builtins(self)
        return "\n".join(f"{name}: {value}" for name, value in fields.items() if value is not None)


class Undelivered(Exception):
    """A channel could not deliver; ``code`` says why, without any content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code[:64]


class Channel(Protocol):
    """A way out. ``name`` is what the outbox knows it by, at most 64 characters."""

    @property
    def name(self) -> str:
        """Its name: the same at every start."""

    def send(self, message: Message) -> None:
        """Deliver one message within a bounded time. Raises Undelivered."""


class Log:
    """Each notice as one line of the log ``journey.notices``."""

    name = "log"

    def send(self, message: Message) -> None:
        """Log it."""
        fields = (line.replace(": ", "=") for line in message.as_text().splitlines())
        logging.getLogger("journey.notices").info("notice %s", " ".join(fields))


class Callback:
    """A host's own function, called for each notice; what it raises is tried again later."""

    def __init__(self, function: Callable[[Message], object], name: str = "callback") -> None:
        self.name = name
        self._function = function

    def send(self, message: Message) -> None:
        """Call it."""
        try:
            self._function(message)
        except Exception as error:
            raise Undelivered(f"raised:{type(error).__name__}") from error


class UnusableChannel(JourneyError):
    """A URL that names no service."""

    text = N_("JOURNEY_NOTIFY holds a URL that names no known service (number {number}).")

    def __init__(self, number: int) -> None:
        self.values = {"number": str(number)}
        super().__init__(self.text.format(**self.values))


class Service:
    """A service that apprise knows. Its own limits of time hold: seconds, not minutes."""

    def __init__(self, url: str, number: int = 1) -> None:
        self._service = _service(url, number)
        scheme = url.partition("://")[0].lower()[:40]
        self.name = f"{scheme}-{sha256(url.encode()).hexdigest()[:8]}"

    def send(self, message: Message) -> None:
        """Hand it over; apprise says no more than whether it was taken."""
        title = f"journey {message.notice} {message.kind}"
        try:
            taken = self._service.notify(body=message.as_text(), title=title)
        except Exception as error:
            raise Undelivered(f"raised:{type(error).__name__}") from error
        if not taken:
            raise Undelivered("not_taken")


def _service(url: str, number: int) -> NotifyBase:
    """Raises UnusableChannel."""
    from apprise import Apprise, NotifyFormat  # noqa: PLC0415  # half a second, for those who use it

    logging.getLogger("apprise").addHandler(logging.NullHandler())
    service = Apprise.instantiate(url)
    if service is None:
        raise UnusableChannel(number)
    service.notify_format = NotifyFormat.TEXT
    if url.lower().startswith("mailto"):
        service.request_rate_per_sec = 0  # one's own mail server needs no rest between two
    return service


def channels_of(environment: Mapping[str, str]) -> tuple[Channel, ...]:
    """The channels that ``JOURNEY_NOTIFY`` names; the log where it names none.

    Raises UnusableChannel.
    """
    urls = environment.get(VARIABLE, "").split()
    return tuple(Service(url, number) for number, url in enumerate(urls, 1)) or (Log(),)
