"""The command line of contract.md §3: a thin rim around the engine.

Answers go to standard output, as tables or with ``--json`` as one JSON document;
progress, logs and refusals in words go to standard error. Imports that a command
does not need are not paid at start-up.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
import typing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from journey.errors import Refused, StoreError
from journey.language import LANGUAGES, N_, Language

if TYPE_CHECKING:
    from journey.decision import Context
    from journey.demo import Scene
    from journey.state import Journey
    from journey.storage.decided import Outcome
    from journey.storage.journeys import Journeys
    from journey.wishes import JourneyWish
    from policies.daily import Work
    from policies.delivery import Delivery
    from projections.reports import Asking, Report
    from projections.sheet import Sheet
    from projections.show import JourneyView

DONE, UNEXPECTED, USAGE, REFUSED, STORE, UNVERIFIED = range(6)
AHEAD = 90
"""How many days ahead a preview shows the notices to come."""

DEFAULT_STORE = "sqlite:///journey.db"

app = typer.Typer(
    name="journey",
    help="Participant journeys in Supported Employment: recorded, decided, counted.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

# --- what every command takes --------------------------------------------------------

Db = Annotated[str | None, typer.Option("--db", help="The store, an SQLAlchemy URL [JOURNEY_DB].")]
Today = Annotated[
    str | None, typer.Option("--today", help="The day that counts as today [JOURNEY_TODAY].")
]
Lang = Annotated[str | None, typer.Option("--lang", help="en or sv [JOURNEY_LANG].")]
Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Log to standard error.")]
SHARED = {"db": Db, "today": Today, "lang": Lang, "json": Json, "verbose": Verbose}

# What every question that is answered with rows takes too.
Csv = Annotated[bool, typer.Option("--csv", help="Answer with CSV, for spreadsheets.")]
Delimiter = Annotated[
    str, typer.Option("--csv-delimiter", help="Between cells; with ; decimals have a comma.")
]
Bom = Annotated[bool, typer.Option("--csv-bom", help="Begin the CSV as Excel asks for.")]
TABLE = {"csv": Csv, "csv_delimiter": Delimiter, "csv_bom": Bom}
DEFAULTS = {"json": False, "verbose": False, "csv": False, "csv_delimiter": ",", "csv_bom": False}


class Asked(msgspec.Struct, frozen=True):
    """How a command was asked: which store, on which day, in which language and form.

    ``csv`` is the delimiter of the CSV that is asked for, if any; ``bom`` how it begins.
    """

    db: str
    today: date | None
    language: Language
    json: bool
    verbose: bool
    csv: str | None = None
    bom: bool = False

    @contextmanager
    def store(self) -> Iterator[Journeys]:
        """The store, opened; closed at the end."""
        from journey.storage.journeys import Journeys

        journeys = Journeys(self.db, today=self.today)
        try:
            yield journeys
        finally:
            journeys.close()

    def day(self) -> date:
        """The day that counts as today."""
        from journey.storage.journeys import today_in_sweden

        return self.today or today_in_sweden()

    def answer(self, value: Any, *sheets: Sheet, rows: Iterable[Any] | None = None) -> None:
        """Give the answer: as JSON, its rows as CSV, or as sheets for people.

        ``rows`` are those of an answer that is more than a list of them.
        """
        if self.json:
            print_json(value)
        elif self.csv is not None:
            print_csv(value if rows is None else rows, self.csv, bom=self.bom)
        else:
            for sheet in sheets:
                self.show(sheet)

    def show(self, sheet: Sheet) -> None:
        """Print a sheet in the reader's language."""
        from projections.terminal import print_sheet

        print_sheet(sheet, self.language)

    def tell(self, text: str, *, indent: str = "", **values: object) -> None:
        """Print a sentence in the reader's language."""
        if not self.json and self.csv is None:
            print(indent + self.language.say(text, **values))


_given: dict[str, Any] = {}
"""The options that stood before the command's name."""


def command(function: Callable[..., None], of: typer.Typer = app) -> Callable[..., None]:
    """Register a command; it takes the shared options too, before its name or after."""
    return _registered(function, of, SHARED)


def question(function: Callable[..., None], of: typer.Typer = app) -> Callable[..., None]:
    """Register a command that is answered with rows; it can be asked for as CSV too."""
    return _registered(function, of, {**SHARED, **TABLE})


def _registered(
    function: Callable[..., None], of: typer.Typer, added: dict[str, Any]
) -> Callable[..., None]:
    own = inspect.signature(function)
    hints = typing.get_type_hints(function, include_extras=True)

    @functools.wraps(function)
    def run(**values: Any) -> None:
        options: dict[str, Any] = {name: values.pop(name) or _given.get(name) for name in SHARED}
        form: dict[str, Any] = {name: values.pop(name) for name in added if name in TABLE}
        asked = _asked(**options, **form)
        carry_out(lambda: function(asked, **values), asked)

    _asked_itself, *rest = own.parameters.values()
    parameters = [p.replace(annotation=hints[p.name]) for p in rest]
    parameters += [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=DEFAULTS.get(name), annotation=hint
        )
        for name, hint in added.items()
    ]
    run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]  # read by typer
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    name = function.__name__.strip("_").replace("_", "-")
    return of.command(name, context_settings={"ignore_unknown_options": False})(run)


@app.callback()
def options(
    db: Db = None,
    today: Today = None,
    lang: Lang = None,
    json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Participant journeys in Supported Employment: recorded, decided, counted."""
    _given.clear()
    _given.update(db=db, today=today, lang=lang, json=json, verbose=verbose)


def _asked(
    db: str | None,
    today: str | None,
    lang: str | None,
    json: bool | None,
    verbose: bool | None,
    csv: bool = False,
    csv_delimiter: str = ",",
    csv_bom: bool = False,
) -> Asked:
    code = lang or os.environ.get("JOURNEY_LANG") or "en"
    if code not in LANGUAGES:
        raise typer.BadParameter(f"--lang is one of {', '.join(LANGUAGES)}.")
    if csv and json:
        raise typer.BadParameter("An answer is --json or --csv, not both.")
    if len(csv_delimiter) != 1 or csv_delimiter in '"\r\n':
        raise typer.BadParameter("--csv-delimiter is one character.")
    day = today or os.environ.get("JOURNEY_TODAY")
    _configure_log(bool(verbose))
    return Asked(
        db=db or os.environ.get("JOURNEY_DB") or DEFAULT_STORE,
        today=_day(day, "--today") if day else None,
        language=Language(code),
        json=bool(json),
        verbose=bool(verbose),
        csv=csv_delimiter if csv else None,
        bom=csv_bom,
    )


def _day(text: str, option: str) -> date:
    """A day in the one form that commands have too, of the several that ISO 8601 knows."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise typer.BadParameter(f"{option} is a day, YYYY-MM-DD.")
    return day


def _moment(text: str, option: str) -> datetime:
    """A time; without a zone it is UTC, and a day alone means its end."""
    try:
        if len(text) == len("YYYY-MM-DD"):
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{option} is a time, YYYY-MM-DDTHH:MM:SSZ.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _configure_log(verbose: bool) -> None:
    if not verbose:
        return
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _log_notices() -> None:
    """The channel ``log``: each notice that leaves as a line on standard error."""
    import logging

    notices = logging.getLogger("journey.notices")
    notices.setLevel(logging.INFO)
    if not notices.handlers:
        notices.addHandler(logging.StreamHandler(sys.stderr))


def log(event: str, **values: Any) -> None:
    """An event of the program itself, where ``--verbose`` asks for it: ids, dates, codes only."""
    if "structlog" in sys.modules:
        import structlog

        structlog.get_logger().info(event, **values)


# --- how it ends ---------------------------------------------------------------------


def carry_out(work: Callable[[], None], asked: Asked) -> None:
    """Do the work, and end with the exit code of contract.md §3."""
    try:
        work()
    except Refused as refused:
        say_refused(refused, asked)
        raise typer.Exit(REFUSED) from None
    except StoreError as error:
        log("store_error", kind=type(error).__name__)
        if asked.json:
            print_json({"error": {"kind": type(error).__name__, "message": str(error)}})
        print(asked.language.error(error), file=sys.stderr)
        raise typer.Exit(STORE) from None


def say_refused(refused: Refused, asked: Asked) -> None:
    """A refusal with every reason: as JSON, or as sentences with their sources."""
    if asked.json:
        from projections.answers import as_refused

        print_json({"refused": as_refused(refused)})
        return
    for reason in refused.reasons:
        print(f"{reason.code}: {asked.language.reason(reason)}", file=sys.stderr)


def print_json(value: Any) -> None:
    """One JSON document on standard output, in UTF-8 whatever the terminal."""
    sys.stdout.flush()
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")
    sys.stdout.buffer.flush()


def print_csv(rows: Iterable[Any], delimiter: str, *, bom: bool) -> None:
    """Rows as CSV on standard output, in UTF-8 whatever the terminal."""
    from projections.spreadsheet import as_csv

    sys.stdout.flush()
    sys.stdout.buffer.write(as_csv(rows, delimiter=delimiter, bom=bom))
    sys.stdout.buffer.flush()


# --- commands that record ------------------------------------------------------------

Name = Annotated[str, typer.Argument(help="The command's name, contract.md §2.")]
Pairs = Annotated[list[str] | None, typer.Argument(help="field=value …; lists as a,b.")]
About = Annotated[str | None, typer.Option("--journey", help="The journey's key.")]
By = Annotated[str, typer.Option("--by", help="The actor: role:id or role:id@municipality.")]
On = Annotated[str | None, typer.Option("--on", help="The day it is true; today if left out.")]
Id = Annotated[str | None, typer.Option("--id", help="Idempotence key.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Only facts true by this day.")]
KnownAt = Annotated[str | None, typer.Option("--known-at", help="Only facts known by this time.")]


@command
def do(
    asked: Asked,
    name: Name,
    by: By,
    fields: Pairs = None,
    journey: About = None,
    on: On = None,
    id: Id = None,
) -> None:
    """Carry out one command."""
    from journey.commands import parse
    from projections.answers import as_outcome

    command = _command(name, by, fields, journey, on, id, today=asked.day())
    wish = parse(command, strict=False)
    with asked.store() as journeys:
        outcome = journeys.perform(wish)
    log("performed", do=name, facts=len(outcome.facts), repeated=outcome.repeated)
    asked.answer(as_outcome(outcome))
    _tell_outcome(asked, outcome)


@command
def preview(
    asked: Asked,
    name: Name,
    by: By,
    fields: Pairs = None,
    journey: About = None,
    on: On = None,
    id: Id = None,
) -> None:
    """Show what a command would record and when it would fall due; store nothing."""
    from journey.commands import parse
    from journey.preview import falls_due
    from journey.programme import programme
    from policies.ahead import coming_sheet, notices_ahead
    from projections.answers import as_preview
    from projections.tables import dates_sheet

    command = _command(name, by, fields, journey, on, id, today=asked.day())
    wish = parse(command, strict=False)
    with asked.store() as journeys:
        then, decision = journeys.preview(wish)
    known = programme(then.referral.programme).rules_on(wish.on) if then.exists else None
    dates = falls_due(decision.facts, then, known) if known else ()
    coming = notices_ahead(then, wish.on, AHEAD) if known and decision.facts else []
    asked.answer(as_preview(wish, then, decision, dates=dates, notices=coming))
    if not decision.facts:
        asked.tell(N_("Already so: nothing would be recorded."))
    for fact in decision.facts:
        asked.tell(N_("Would record {event} on {day}."), event=type(fact).__name__, day=fact.on)
    for warning in decision.warnings:
        asked.tell(N_("Note: {sentence}"), indent="  ", sentence=asked.language.reason(warning))
    if not asked.json:
        for rows, shown in ((dates, dates_sheet(dates)), (coming, coming_sheet(coming))):
            if rows:
                asked.show(shown)


def _command(
    name: str,
    by: str,
    fields: list[str] | None,
    journey: str | None,
    on: str | None,
    id: str | None,
    *,
    today: date,
) -> dict[str, Any]:
    """The command as an object; its day is today unless it names one."""
    from journey.commands import as_command

    pairs = [_pair(field) for field in fields or ()]
    said = {"do": name, "by": by, "on": on, "journey": journey, "id": id}
    head = {key: text for key, text in said.items() if text is not None}
    once = set(head)
    for key, _ in pairs:
        if key in once:
            raise typer.BadParameter(f"{key} is given twice.")
        once.add(key)
    return as_command({"on": str(today), **head}, pairs)


def _pair(field: str) -> tuple[str, str]:
    name, sign, value = field.partition("=")
    if not sign or not name:
        raise typer.BadParameter(f"{field!r} is not field=value.")
    return name, value


def _tell_outcome(asked: Asked, outcome: Outcome) -> None:
    if outcome.repeated:
        asked.tell(N_("Already so: nothing was recorded."))
        return
    for fact in outcome.facts:
        asked.tell(N_("Recorded {event} on {day}."), indent="  ", event=fact.event, day=fact.on)
    for warning in outcome.warnings:
        asked.tell(N_("Note: {sentence}"), indent="  ", sentence=asked.language.reason(warning))


@command
def record(
    asked: Asked,
    file: Annotated[str, typer.Argument(help="JSON Lines of commands, or - for standard input.")],
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Go on after a refusal.")
    ] = False,
) -> None:
    """Record many commands, in order, each its own."""
    from journey.storage.decided import Outcome
    from projections.answers import as_reason

    recorded = repeated = 0
    refused: list[tuple[int, Refused]] = []
    with _lines(file) as lines, asked.store() as journeys:
        numbers: deque[int] = deque()
        answers = journeys.record(_commands(lines, numbers), keep_going=keep_going)
        for answer in _with_progress(answers, file):
            number = numbers.popleft()
            if isinstance(answer, Outcome):
                repeated += answer.repeated
                recorded += not answer.repeated
            else:
                refused.append((number, answer))
    log("recorded", recorded=recorded, repeated=repeated, refused=len(refused))
    asked.answer(
        {
            "recorded": recorded,
            "repeated": repeated,
            "refused": [{"line": n, **as_reason(r.reasons[0])} for n, r in refused],
        }
    )
    asked.tell(
        N_("{recorded} recorded, {repeated} repeated, {refused} refused."),
        recorded=recorded,
        repeated=repeated,
        refused=len(refused),
    )
    if not asked.json:
        _tell_refusals(asked.language, refused)
    if refused:
        raise typer.Exit(REFUSED)


def _tell_refusals(language: Language, refused: list[tuple[int, Refused]]) -> None:
    for number, one in refused:
        for reason in one.reasons:
            line = language.say(N_("line {number}"), number=number)
            print(f"{line}: {reason.code}: {language.reason(reason)}", file=sys.stderr)


@contextmanager
def _lines(file: str) -> Iterator[Iterator[bytes]]:
    if file == "-":
        yield iter(sys.stdin.buffer)
        return
    try:
        with Path(file).open("rb") as opened:
            yield iter(opened)
    except OSError as error:
        raise typer.BadParameter(f"The file {file} cannot be read: {error.strerror}.") from None


def _commands(lines: Iterator[bytes], numbers: deque[int]) -> Iterator[dict[str, Any] | Refused]:
    """The commands on the lines, or why a line is none; their line numbers beside them."""
    from journey.commands import read_command

    for number, line in enumerate(lines, 1):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not text.strip():
            continue
        numbers.append(number)
        try:
            yield read_command(text)
        except Refused as refused:
            yield refused


def _with_progress(answers: Iterator[Any], file: str) -> Iterator[Any]:
    from projections.terminal import progress

    with progress("record") as told:
        total = _count_lines(Path(file)) if told and Path(file).is_file() else 0
        for done, answer in enumerate(answers, 1):
            yield answer
            if told:
                told(done, max(total, done))  # a pipe is read but once: its length is not known


def _count_lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


# --- commands that ask ---------------------------------------------------------------


def _readable(key: str | None) -> str | None:
    """The key, unless its bytes were no UTF-8."""
    if key is not None and not key.isprintable():
        raise typer.BadParameter("A key is text in UTF-8.")
    return key


Key = Annotated[str, typer.Argument(help="The journey's key.", callback=_readable)]
OfMunicipality = Annotated[
    str | None, typer.Option("--municipality", help="One municipality.", callback=_readable)
]
OfCoach = Annotated[
    str | None, typer.Option("--coach", help="One coach, by its id.", callback=_readable)
]
Plot = Annotated[str | None, typer.Option("--plot", help="Draw it: FILE.svg or FILE.png.")]


@command
def next_(asked: Asked, journey: Key, by: By, on: On = None) -> None:
    """Say what may happen next to a journey, and why not."""
    from journey.next import possible
    from projections.answers import as_possibility
    from projections.tables import next_sheet

    day = _day(on, "--on") if on else asked.day()
    with asked.store() as journeys:

        def context(known: Journey, wish: JourneyWish) -> Context:
            return journeys.context(known, wish)

        possibilities = possible(journeys.load(journey), by, day, context)
    asked.answer(
        [as_possibility(one) for one in possibilities],
        next_sheet(possibilities, asked.language.reason),
    )


@command
def show(
    asked: Asked, journey: Key, as_of: AsOf = None, known_at: KnownAt = None, plot: Plot = None
) -> None:
    """Show a journey now, as of a day, or as known at a time; draw its aftercare."""
    from projections.show import view
    from projections.tables import journey_sheet, slots_sheet

    day, moment = _past(as_of, known_at)
    with asked.store() as journeys:
        seen = view(journeys.load(journey, as_of=day, known_at=moment), day or asked.day())
    if plot is not None:
        _draw(asked, plot, functools.partial(_draw_aftercare, seen, day or asked.day()))
        return
    sheets = [journey_sheet(seen)]
    sheets += [slots_sheet(seen.aftercare)] if seen.aftercare.slots else []
    asked.answer(seen, *sheets)


def _draw_aftercare(seen: JourneyView, day: date, language: Language, file: Path) -> None:
    from projections.plots import aftercare_plot

    aftercare_plot(seen, day, language).save(file)


@question
def history(asked: Asked, journey: Key, as_of: AsOf = None, known_at: KnownAt = None) -> None:
    """Show a journey's facts in order, corrections beside what they correct."""
    from projections.tables import history_sheet
    from projections.timeline import history_view

    day, moment = _past(as_of, known_at)
    with asked.store() as journeys:
        entries = history_view(journeys.history(journey, as_of=day, known_at=moment))
    asked.answer(entries, history_sheet(entries))


def _past(as_of: str | None, known_at: str | None) -> tuple[date | None, datetime | None]:
    day = _day(as_of, "--as-of") if as_of else None
    return day, _moment(known_at, "--known-at") if known_at else None


@contextmanager
def _rows(asked: Asked, as_of: str | None, known_at: str | None) -> Iterator[tuple[Any, date]]:
    """A connection on the rows that the question is about, and the day on which it is read."""
    from projections.moment import at

    day, moment = _past(as_of, known_at)
    with asked.store() as journeys, at(journeys, as_of=day, known_at=moment) as connection:
        yield connection, day or asked.day()


@question
def caseload(
    asked: Asked,
    coach: OfCoach = None,
    municipality: OfMunicipality = None,
    journeys: Annotated[
        bool, typer.Option("--journeys", help="List the journeys instead of counting them.")
    ] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Show who is active, by step; in aftercare; places and load."""
    from projections.caseload import caseload as ask
    from projections.caseload import caseload_sheet, cases_sheet, journeys_of, units_sheet

    with _rows(asked, as_of, known_at) as (connection, day):
        if journeys:
            cases = journeys_of(connection, coach=coach, municipality=municipality)
            asked.answer(cases, cases_sheet(cases))
            return
        found = ask(connection, day, coach=coach, municipality=municipality)
    asked.answer(found, caseload_sheet(found), units_sheet(found), rows=found.rows)


@question
def queue(
    asked: Asked,
    municipality: Annotated[
        str, typer.Option("--municipality", help="The municipality.", callback=_readable)
    ],
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Show a municipality's queue in its order, ages read on the day."""
    from projections.queue import queue as ask
    from projections.queue import queue_sheet

    with _rows(asked, as_of, known_at) as (connection, day):
        found = ask(connection, day, municipality)
    asked.answer(found, queue_sheet(found))


@question
def due(
    asked: Asked,
    municipality: OfMunicipality = None,
    coach: OfCoach = None,
    ahead: Annotated[
        int, typer.Option("--ahead", min=0, max=3660, help="So many days to come, too.")
    ] = 0,
    notices: Annotated[
        bool, typer.Option("--notices", help="Show who will be told of what instead.")
    ] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Show everything due or overdue on the day, and what is coming."""
    from policies.ahead import coming_sheet, upcoming_notices
    from projections.due import due as ask
    from projections.due import due_sheet
    from projections.moment import at

    as_of_day, moment = _past(as_of, known_at)
    day = as_of_day or asked.day()
    with (
        asked.store() as journeys,
        at(journeys, as_of=as_of_day, known_at=moment) as connection,
    ):
        if notices:
            coming = upcoming_notices(
                journeys,
                connection,
                day,
                ahead,
                municipality=municipality,
                coach=coach,
                as_of=as_of_day,
                known_at=moment,
            )
            asked.answer(coming, coming_sheet(coming))
            return
        found = ask(connection, day, municipality=municipality, coach=coach, ahead=ahead)
    asked.answer(found, due_sheet(found))


@question
def sus(
    asked: Asked,
    reconcile: Annotated[
        bool, typer.Option("--reconcile", help="Only where journey and report differ.")
    ] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Show the SUS register, or what differs between journeys and what was reported."""
    from projections.reconciliation import reconciliation, reconciliation_sheet
    from projections.sus import register, register_sheet

    with _rows(asked, as_of, known_at) as (connection, day):
        if reconcile:
            differences = reconciliation(connection, day)
            asked.answer(differences, reconciliation_sheet(differences))
        else:
            registered = register(connection, day)
            asked.answer(registered, register_sheet(registered))


@question
def export(
    asked: Asked,
    adapter: Annotated[str, typer.Argument(help="sus-2013 or uppfoljning-finsam-2023.")],
    year: Annotated[str, typer.Option("--year", help="A year, or the first..last.")],
    to: Annotated[
        str | None, typer.Option("--to", help="Write this CSV file; without it, a preview.")
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Show what would be handed to a national system; write it where asked. Nothing is sent."""
    from projections.adapters import export as ask
    from projections.adapters import export_sheet
    from projections.spreadsheet import as_csv

    first, last = _years(year)
    with _rows(asked, as_of, known_at) as (connection, _):
        found = ask(connection, adapter, first, last)
    lines = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    if to is not None:
        try:
            Path(to).write_bytes(as_csv(lines, delimiter=asked.csv or ",", bom=asked.bom))
        except OSError as error:
            raise typer.BadParameter(f"--to {to}: {error.strerror}.") from None
    asked.answer(found, export_sheet(found), rows=lines)


@question
def report(
    asked: Asked,
    name: Annotated[str, typer.Argument(help="yearly, goal, effect, grants, capacity …")],
    year: Annotated[str, typer.Option("--year", help="A year, or the first..last.")],
    basis: Annotated[str, typer.Option("--basis", help="exit or sus.")] = "exit",
    programme: Annotated[str | None, typer.Option("--programme", help="One programme.")] = None,
    municipality: OfMunicipality = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="List the journeys behind each figure.")
    ] = False,
    plot: Plot = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Give a report of domain.md §7."""
    from journey.programme import programmes
    from projections.moment import at
    from projections.reports import REPORTS, Asking

    if name not in REPORTS:
        raise typer.BadParameter(f"The reports are: {', '.join(REPORTS)}.")
    if basis not in ("exit", "sus"):
        raise typer.BadParameter("--basis is exit or sus.")
    if programme is not None and programme not in programmes():
        raise typer.BadParameter(f"The programmes are: {', '.join(programmes())}.")
    wanted, (first, last) = REPORTS[name], _years(year)
    if municipality is not None and not wanted.of_one:
        raise typer.BadParameter("This report is of the whole federation.")
    day, moment = _past(as_of, known_at)
    asking = Asking(
        first=first,
        last=last,
        day=day or asked.day(),
        basis=typing.cast("typing.Literal['exit', 'sus']", basis),
        programme=programme,
        municipality=municipality,
    )
    known = wanted.as_of(asking, day)
    with asked.store() as journeys, at(journeys, as_of=known, known_at=moment) as connection:
        if explain:
            _explain(asked, wanted, connection, asking)
            return
        rows = wanted.answer(connection, asking)
    if plot is not None:
        _draw(asked, plot, wanted.plot and functools.partial(wanted.plot, rows))
        return
    asked.answer(rows, wanted.sheet(rows))
    for note in wanted.notes:
        asked.tell(note)


def _explain(asked: Asked, report: Report, connection: Any, asking: Asking) -> None:
    from projections.explained import explained_sheet

    if report.explain is None:
        raise typer.BadParameter("This report counts no journeys: it has none to list.")
    explained = report.explain(connection, asking)
    asked.answer(explained, explained_sheet(explained))


def _draw(asked: Asked, plot: str, draw: Callable[[Language, Path], None] | None) -> None:
    """Draw a picture into the file that was named, and say so."""
    if draw is None:
        raise typer.BadParameter("There is no picture of this report.")
    try:
        draw(asked.language, Path(plot))
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise typer.BadParameter(f"--plot {plot}: {said}.") from None
    if asked.json:
        print_json({"plot": plot})
    asked.tell(N_("Drawn: {file}"), file=plot)


def _years(text: str) -> tuple[int, int]:
    first, dots, last = text.partition("..")
    try:
        years = int(first), int(last if dots else first)
    except ValueError:
        raise typer.BadParameter("--year is YYYY or YYYY..YYYY.") from None
    if not MINYEAR <= years[0] <= years[1] <= MAXYEAR:
        raise typer.BadParameter("--year is YYYY or YYYY..YYYY, the first not after the last.")
    return years


# --- what happens by itself ----------------------------------------------------------


@command
def calendar(
    asked: Asked,
    coach: OfCoach = None,
    municipality: OfMunicipality = None,
    ahead: Annotated[
        int, typer.Option("--ahead", min=0, max=3660, help="So many days to come.")
    ] = 366,
) -> None:
    """Give what is due as a calendar (.ics), to be subscribed to."""
    from projections.calendar import calendar as ask

    with _rows(asked, None, None) as (connection, day):
        feed = ask(connection, day, coach=coach, municipality=municipality, ahead=ahead)
    if asked.json:
        print_json({"ics": feed.decode()})
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(feed)
        sys.stdout.buffer.flush()


def _delivery(asked: Asked, journeys: Journeys) -> Delivery:
    """The delivery by the channels that JOURNEY_NOTIFY names; the log where it names none."""
    from policies.channels import UnusableChannel, channels_of
    from policies.delivery import Delivery

    try:
        return Delivery(journeys, channels_of(os.environ))
    except UnusableChannel as error:
        raise typer.BadParameter(asked.language.say(error.text, **error.values)) from None


def _checkpoints() -> Path | None:
    """The folder for the day's checkpoint that JOURNEY_CHECKPOINTS names."""
    from policies.every_day_a_checkpoint import folder_of

    return folder_of(os.environ)


def _log_work(work: Work) -> None:
    log("round", issued=len(work.issued), checkpoint=work.checkpoint)
    if work.no_checkpoint is not None:
        log("no_checkpoint", kind=type(work.no_checkpoint).__name__, why=str(work.no_checkpoint))


@command
def tick(asked: Asked) -> None:
    """Make one round of the day: issue the notices that fall due; again, it issues none."""
    from policies.daily import daily
    from policies.round import issued_sheet

    with asked.store() as journeys:
        delivery = _delivery(asked, journeys)
        work = daily(journeys, delivery, asked.today, checkpoints=_checkpoints())
    _log_work(work)
    asked.answer({"issued": work.issued}, issued_sheet(work.issued))
    if work.no_checkpoint is not None:
        error = work.no_checkpoint
        print(asked.language.say(error.text, **error.values), file=sys.stderr)


At = Annotated[str, typer.Option("--at", help="When the round is made, HH:MM in Sweden.")]


@command
def scheduler(asked: Asked, at: At = "06:00") -> None:
    """Make the round every day until stopped; first what was slept through."""
    from policies.clock import daily_at, run_clock

    try:
        when = time.fromisoformat(at)
        daily_at(when)
    except ValueError as error:
        raise typer.BadParameter(f"--at {at}: {error}") from None
    _configure_log(True)
    _log_notices()
    with asked.store() as journeys:
        log("scheduler_started", at=at)
        run_clock(
            journeys,
            _delivery(asked, journeys),
            at=when,
            checkpoints=_checkpoints(),
            heard=_log_work,
            failed=lambda error: log("round_failed", kind=type(error).__name__),
        )
    log("scheduler_stopped")


@command
def status(asked: Asked) -> None:
    """Say how time goes on: the last round, what is overdue, what waits to leave."""
    from policies.status import status as ask
    from policies.status import status_sheet

    with asked.store() as journeys:
        seen = ask(journeys, asked.day(), _checkpoints())
    asked.answer(seen, status_sheet(seen))


outbox = typer.Typer(help="What was issued and has not left, or was given up.")
app.add_typer(outbox, name="outbox")


@functools.partial(question, of=outbox)
def list_(
    asked: Asked,
    everything: Annotated[bool, typer.Option("--everything", help="What arrived, too.")] = False,
) -> None:
    """List what waits or was given up."""
    from policies.delivery import outbox_list, outbox_sheet

    with asked.store() as journeys:
        letters = outbox_list(journeys, everything=everything)
    asked.answer(letters, outbox_sheet(letters))


@functools.partial(command, of=outbox)
def retry(
    asked: Asked,
    channel: Annotated[str | None, typer.Option("--channel", help="Of one channel.")] = None,
) -> None:
    """Put what was given up in line again, and deliver what is due."""
    from policies.delivery import outbox_retry

    with asked.store() as journeys:
        delivery = _delivery(asked, journeys)
        again = outbox_retry(journeys, channel=channel)
        delivered = delivery.run()
    asked.answer({"again": again, **msgspec.to_builtins(delivered)})
    asked.tell(
        N_("{again} in line again; {delivered} delivered, {postponed} wait, {dead} given up."),
        again=again,
        delivered=delivered.delivered,
        postponed=delivered.postponed,
        dead=delivered.dead,
    )


@command
def rebuild(
    asked: Asked,
    look: Annotated[
        bool, typer.Option("--look", help="Only show what would differ; change nothing.")
    ] = False,
) -> None:
    """Make the read models anew from the facts, while reading goes on; show what differed."""
    from journey.storage.rebuild import rebuild as make_anew
    from projections.tables import differences_sheet
    from projections.terminal import progress

    with asked.store() as journeys, progress("rebuild") as told:
        done = make_anew(journeys, told, only_look=look)
    log("rebuilt", journeys=done.journeys, facts=done.facts, changed=done.changed)
    asked.answer(done, *([differences_sheet(done)] if done.changed else []))
    asked.tell(
        N_("{journeys} journeys from {facts} facts; {changed} had other rows before.")
        if done.swapped
        else N_("{journeys} journeys from {facts} facts; {changed} have other rows now."),
        journeys=done.journeys,
        facts=done.facts,
        changed=done.changed,
    )


# --- where a store is ----------------------------------------------------------------


@command
def init(
    asked: Asked,
    roles: Annotated[
        bool, typer.Option("--roles", help="Print the SQL of the roles, for PostgreSQL's owner.")
    ] = False,
) -> None:
    """Make a store, or bring one up to this program's form; do it as the database's owner."""
    with asked.store() as journeys:
        if roles:
            from journey.storage.roles import role_script

            print(role_script(journeys), end="")
            return
        position, _, sealed = journeys.facts.head()
    asked.answer({"facts": position, "head": {"position": position, "hash": sealed.hex()}})
    asked.tell(N_("The store is ready; it has {facts} facts."), facts=position)


@command
def copy(
    asked: Asked,
    source: Annotated[str, typer.Argument(metavar="FROM", help="The URL of the store.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The URL of the new, empty one.")],
) -> None:
    """Copy a store into another database, and prove that nothing changed."""
    from journey.storage.copying import copy as carry_over
    from journey.storage.journeys import Journeys
    from projections.terminal import progress

    with (
        Journeys(source, today=asked.today) as given,
        Journeys(target, today=asked.today) as new,
        progress("copy") as told,
    ):
        copied = carry_over(given, new, told)
    log("copied", facts=copied.facts, identical=copied.identical)
    asked.answer(copied)
    asked.tell(
        N_("{facts} facts and {commands} command ids; the head is {position} {hash}."),
        facts=copied.facts,
        commands=copied.commands,
        position=copied.head.position,
        hash=copied.head.hash,
    )
    asked.tell(
        N_("All was read back as it was given.")
        if copied.identical
        else N_("The copy is not what was given: do not use it.")
    )
    if not copied.identical:
        raise typer.Exit(UNVERIFIED)


# --- audits --------------------------------------------------------------------------

audit = typer.Typer(help="Prove that nothing was changed; show who recorded what and when.")
app.add_typer(audit, name="audit")
of_audit = functools.partial(command, of=audit)
Notes = Annotated[
    list[str] | None, typer.Option("--checkpoint", help="A file with a checkpoint kept elsewhere.")
]


@of_audit
def verify(
    asked: Asked,
    checkpoint: Notes = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Seals and phases alone, without the rules.")
    ] = False,
    processes: Annotated[
        int | None,
        typer.Option("--processes", min=1, max=64, help="So many share the judging."),
    ] = None,
    keys: Annotated[
        str | None,
        typer.Option("--keys", help="A file with the public keys."),
    ] = None,
) -> None:
    """Check every seal, and judge every fact again by the rules it was recorded under."""
    from journey.storage.checkpoint import read_all
    from journey.storage.signing import key_file, known_keys, public_keys
    from journey.storage.verify import cores_for
    from journey.storage.verify import verify as ask
    from projections.audit import verified_sheet
    from projections.terminal import progress

    notes = _texts_of(checkpoint or [])
    with asked.store() as journeys, progress("verify") as told:
        if keys:
            known = read_all(notes, public_keys(*_texts_of([keys])))
        else:
            known = read_all(notes, known_keys(key_file(journeys))) if notes else ()
        shared = processes or cores_for(journeys.facts.head()[0])
        found = ask(journeys, told, known, rules=not quick, processes=shared)
    log("verified", facts=found.facts, intact=found.intact, findings=len(found.findings))
    asked.answer(found, verified_sheet(found))
    asked.tell(
        N_("{facts} facts of {journeys} journeys; the head is {position} {hash}."),
        facts=found.facts,
        journeys=found.journeys,
        position=found.head.position,
        hash=found.head.hash,
    )
    if not found.intact:
        raise typer.Exit(UNVERIFIED)


@functools.partial(question, of=audit)
def timeline(
    asked: Asked,
    journey: Annotated[
        str | None, typer.Argument(help="One journey's key.", callback=_readable)
    ] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Of one actor, role:id.")] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Under one rule set.")] = None,
    on: On = None,
    known_at: KnownAt = None,
) -> None:
    """Show who recorded what, when it was true and when known, under which rule."""
    from projections.audit import timeline as ask
    from projections.audit import timeline_sheet

    day, moment = (_day(on, "--on") if on else None), _past(None, known_at)[1]
    with asked.store() as journeys:
        entries = ask(journeys, journey, known_at=moment, actor=actor, rule=rule, on=day)
    asked.answer(entries, timeline_sheet(entries))


@of_audit
def checkpoint(
    asked: Asked,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="First put a new key in the old one's place.")
    ] = False,
    keys: Annotated[
        bool, typer.Option("--keys", help="The public keys instead, to verify with elsewhere.")
    ] = False,
) -> None:
    """Sign the head of the record; keep the note elsewhere (a board's minutes, say)."""
    from journey.storage.checkpoint import make_checkpoint
    from journey.storage.signing import key_file, rotated, signing_key

    with asked.store() as journeys:
        file = key_file(journeys)
        key = rotated(file) if rotate else signing_key(file)
        note = "" if keys else make_checkpoint(journeys, key)
    if keys:
        print_json(key.public)
        return
    if asked.json:
        print_json({"checkpoint": note, "key": key.signer.public})
    else:
        print(note, end="")


@functools.partial(command, of=audit)
def export_(
    asked: Asked,
    folder: Annotated[str, typer.Argument(help="An empty folder.")],
    journey: About = None,
    checkpoint: Notes = None,
) -> None:
    """Write a bundle that a third party checks offline."""
    from journey.storage.bundle.export import export as write
    from journey.storage.signing import key_file, signing_key

    notes = _texts_of(checkpoint or [])
    with asked.store() as journeys:
        key = signing_key(key_file(journeys))
        done = write(journeys, Path(folder), journey, key=key, checkpoints=notes)
    asked.answer(done)
    asked.tell(
        N_("{facts} facts written to {folder}; the public key, to be told apart: {key}"),
        facts=done.facts,
        folder=folder,
        key=done.key,
    )


@of_audit
def check(
    asked: Asked,
    folder: Annotated[str, typer.Argument(help="The bundle.")],
    key: Annotated[str | None, typer.Option("--key", help="The public key you trust.")] = None,
) -> None:
    """Check a bundle, without a store."""
    from journey.storage.bundle.check import MANIFEST
    from journey.storage.bundle.check import check as ask
    from projections.audit import checked_sheet

    if not (Path(folder) / MANIFEST).is_file():
        raise typer.BadParameter(f"{folder} is no bundle: it has no {MANIFEST}.")
    found = ask(Path(folder), key)
    asked.answer(found, checked_sheet(found))
    if not found["intact"]:
        raise typer.Exit(UNVERIFIED)


def _texts_of(files: Iterable[str]) -> list[str]:
    try:
        return [Path(file).read_text("utf-8") for file in files]
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"A checkpoint's file cannot be read: {error}.") from None


# --- the program itself --------------------------------------------------------------


@command
def diagram(asked: Asked) -> None:
    """Draw the life of a journey as Mermaid."""
    from journey.diagram import mermaid

    if asked.json:
        print_json({"mermaid": mermaid()})
    else:
        print(mermaid(), end="")


@command
def schema(asked: Asked) -> None:
    """Give the JSON Schema of commands and facts."""
    from journey.storage.json_schema import schema as of_all

    print_json(of_all())


@command
def demo(
    asked: Asked,
    folder: Annotated[str | None, typer.Argument(help="Where to make the store.")] = None,
) -> None:
    """Make a small real federation in a fresh store, and walk through it."""
    from journey.demo import STORY, TRY_NEXT, NoDemo, fresh_store, history_file

    try:
        data = history_file()
        db = f"sqlite:///{fresh_store(folder)}"
    except NoDemo as error:
        raise typer.BadParameter(str(error)) from None
    told = msgspec.structs.replace(asked, db=db, today=None)
    told.tell(N_("A fresh store: {db}"), db=db)
    told.tell(N_("Three years of a federation, as commands ({file}):"), file=data.name)
    with told.store() as journeys, data.open("rb") as lines:
        commands = sum(1 for _ in journeys.record(_commands(lines, deque())))
        told.tell(N_("{number} commands recorded."), number=commands)
        reports = _demo_reports(told, journeys)
        story = [_play(told, journeys, scene) for scene in STORY]
    if told.json:
        print_json({"db": db, "commands": commands, **reports, "story": story})
        return
    told.tell(N_("Try next:"))
    for line in TRY_NEXT:
        print(f"  {line} --db {db}")


def _demo_reports(asked: Asked, journeys: Journeys) -> dict[str, Any]:
    from projections.moment import at
    from projections.outcomes import goal, yearly
    from projections.tables import goal_sheet, yearly_sheet

    with at(journeys) as connection:
        years, goals = yearly(connection, 2018, 2020), goal(connection, 2018, 2020)
    if not asked.json:
        asked.show(yearly_sheet(years))
        asked.show(goal_sheet(goals))
    return {"yearly": years, "goal": goals}


def _play(asked: Asked, journeys: Journeys, scene: Scene) -> dict[str, Any]:
    """Tell a scene, give its command, show what came of it, and give it as data."""
    asked.tell(scene.text)
    played: dict[str, Any] = {"text": scene.text}
    if scene.command:
        day, do, by = (scene.command[name] for name in ("on", "do", "by"))
        asked.tell("{day}  {do}  ({by})", indent="  ", day=day, do=do, by=by)
        played |= {"command": scene.command, **_given_in_demo(asked, journeys, scene.command)}
    if scene.shown_on:
        played["shown"] = _shown_in_demo(asked, journeys, scene.shown_on)
    asked.tell("")
    return played


def _given_in_demo(asked: Asked, journeys: Journeys, command: dict[str, Any]) -> dict[str, Any]:
    from projections.answers import as_outcome, as_refused

    try:
        outcome = journeys.perform(command)
    except Refused as refused:
        for reason in refused.reasons:
            told = asked.language.reason(reason)
            asked.tell("✗ {code}: {told}", indent="  ", code=reason.code, told=told)
        return {"refused": as_refused(refused)}
    _tell_outcome(asked, outcome)
    return {"answer": as_outcome(outcome)}


def _shown_in_demo(asked: Asked, journeys: Journeys, day: date) -> JourneyView:
    from journey.demo import JOURNEY
    from projections.show import view
    from projections.tables import journey_sheet, slots_sheet

    seen = view(journeys.load(JOURNEY), day)
    if not asked.json:
        asked.show(journey_sheet(seen))
        if seen.aftercare.slots:
            asked.show(slots_sheet(seen.aftercare))
    return seen


def main() -> None:
    """Run the command line; the exit code is contract.md §3's."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(DONE)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if "--verbose" in sys.argv:
            raise
        print(f"Unexpected error: {type(error).__name__}. --verbose shows more.", file=sys.stderr)
        sys.exit(UNEXPECTED)


if __name__ == "__main__":
    main()
