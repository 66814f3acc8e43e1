"""Sheets and progress on a terminal, a hundred columns wide where it does not say otherwise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from journey.language import Language
from projections.sheet import Sheet, Words

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 100
"""Columns of what is no terminal: a file, a pipe."""


def console(*, to_error: bool = False) -> Console:
    """Standard output, or standard error, as rich writes to it."""
    from rich.console import Console  # noqa: PLC0415  # not paid by answers in JSON

    stream = sys.stderr if to_error else sys.stdout
    return Console(
        file=stream,
        width=None if stream.isatty() else WIDTH,
        highlight=False,
        markup=False,  # a key may look like markup, or like the name of a picture
        emoji=False,
    )


def print_sheet(sheet: Sheet, language: Language) -> None:
    """Print a sheet, its words in this language."""
    from rich import box  # noqa: PLC0415  # not paid by answers in JSON
    from rich.table import Table  # noqa: PLC0415

    def told(text: str) -> str:
        return language.say(text) if isinstance(text, Words) else text

    table = Table(title=told(sheet.title), box=box.SIMPLE_HEAD, title_justify="left")
    for column in sheet.columns:
        table.add_column(language.say(column), overflow="fold")
    for row in sheet.rows:
        table.add_row(*(told(cell) for cell in row))
    console().print(table)


def on_terminal() -> bool:
    """Whether someone watches standard error."""
    return sys.stderr.isatty()


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error, to be told (done, in all); None where nobody watches."""
    if not on_terminal():
        yield None
        return
    from rich.progress import Progress  # noqa: PLC0415  # only on a terminal

    with Progress(console=console(to_error=True), transient=True) as bar:
        task = bar.add_task(what)
        yield lambda done, total: bar.update(task, completed=done, total=total)
