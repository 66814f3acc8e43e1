"""Every day a checkpoint: once, into a folder, and never over a past that was rewritten."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from journey import Journeys, StoreUnusable
from journey.storage.checkpoint import BadCheckpoint, RecordRewritten, read_checkpoint
from journey.storage.signing import key_file, known_keys, rotated
from journey.storage.verify import verify
from policies.channels import Log
from policies.daily import daily
from policies.delivery import Delivery
from policies.every_day_a_checkpoint import (
    a_checkpoint_a_day,
    folder_of,
    last_in,
    name_of,
    newest_of,
)
from policies.status import status
from tests.examples import in_step_3
from tests.projections.stores import performed

ROOT = Path(__file__).parents[2]
DAY = date(2026, 9, 4)
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "kept"
    made.mkdir()
    return made


@pytest.fixture
def journeys(tmp_path: Path) -> Iterator[Journeys]:
    with Journeys(f"sqlite:///{tmp_path / 'journey.db'}", today=DAY) as opened:
        performed(opened, in_step_3()[:5])
        yield opened
        opened.close()


def known(journeys: Journeys, folder: Path, day: date) -> int:
    """How many facts the checkpoint of a day knows."""
    note = (folder / name_of(day)).read_text("utf-8")
    return read_checkpoint(note, known_keys(key_file(journeys))).size


def test_the_newest_of_the_files_is_told_by_its_name() -> None:
    """Names that are no day's are let be; a year of days is no trouble."""
    days = [DAY + timedelta(days=n) for n in range(400)]
    names = ["notes.txt", ".2027-01-01.checkpoint.txt.x1", "2026-13-01.checkpoint.txt"]
    assert newest_of(names) is None
    assert newest_of([*names, *map(name_of, days)]) == days[-1]


def test_one_is_made_a_day_and_it_fits(journeys: Journeys, folder: Path) -> None:
    """A second round makes none; the next day makes one, also where nothing was recorded."""
    assert a_checkpoint_a_day(journeys, folder, DAY)
    before = (folder / name_of(DAY)).read_bytes()
    performed(journeys, in_step_3()[5:])
    assert not a_checkpoint_a_day(journeys, folder, DAY)
    assert (folder / name_of(DAY)).read_bytes() == before
    assert a_checkpoint_a_day(journeys, folder, NEXT)
    assert a_checkpoint_a_day(journeys, folder, NEXT + timedelta(days=1))
    sizes = [known(journeys, folder, DAY + timedelta(days=n)) for n in range(3)]
    assert sizes == [5, 15, 15]
    checkpoints = [
        read_checkpoint(file.read_text("utf-8"), known_keys(key_file(journeys)))
        for file in folder.iterdir()
    ]
    assert verify(journeys, checkpoints=checkpoints).intact


def test_none_is_made_for_a_day_before_the_newest(journeys: Journeys, folder: Path) -> None:
    """It would say of the past what is known today."""
    assert a_checkpoint_a_day(journeys, folder, NEXT)
    assert not a_checkpoint_a_day(journeys, folder, DAY)
    assert [file.name for file in folder.iterdir()] == [name_of(NEXT)]


def test_a_key_that_was_changed_goes_on(journeys: Journeys, folder: Path) -> None:
    a_checkpoint_a_day(journeys, folder, DAY)
    rotated(key_file(journeys))
    assert a_checkpoint_a_day(journeys, folder, NEXT)


def test_a_rewritten_record_is_told_and_not_signed(journeys: Journeys, folder: Path) -> None:
    """Another store, with seals that fit, signed with the same key."""
    a_checkpoint_a_day(journeys, folder, DAY)
    file = key_file(journeys)
    other = file.with_name("other.db")
    with Journeys(f"sqlite:///{other}", today=NEXT) as rewritten:
        performed(rewritten, in_step_3())
        file.rename(key_file(rewritten))
        with pytest.raises(RecordRewritten):
            a_checkpoint_a_day(rewritten, folder, NEXT)
        rewritten.close()
    assert [file.name for file in folder.iterdir()] == [name_of(DAY)]


def test_a_checkpoint_of_another_store_is_told(journeys: Journeys, folder: Path) -> None:
    (folder / name_of(DAY)).write_text("journey/other\n5\n\n")
    with pytest.raises(BadCheckpoint):
        a_checkpoint_a_day(journeys, folder, NEXT)


_CHILD = """
import sys
from datetime import date
from pathlib import Path
from journey import Journeys
from policies.every_day_a_checkpoint import a_checkpoint_a_day

with Journeys(sys.argv[1]) as journeys:
    print(a_checkpoint_a_day(journeys, Path(sys.argv[2]), date(2026, 9, 4)))
"""


def test_processes_that_make_it_at_once_leave_one_whole_file(
    journeys: Journeys, folder: Path
) -> None:
    url = journeys.engine.url.render_as_string()
    words = [sys.executable, "-c", _CHILD, url, str(folder)]
    children = [subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(4)]
    assert [child.communicate() and child.returncode for child in children] == [0] * 4
    assert [file.name for file in folder.iterdir()] == [name_of(DAY)]
    assert known(journeys, folder, DAY) == 5


# --- in the day's work -----------------------------------------------------------------


def test_the_day_s_work_makes_it_and_status_shows_it(journeys: Journeys, folder: Path) -> None:
    delivery = Delivery(journeys, [Log()])
    assert daily(journeys, delivery, DAY, checkpoints=folder).checkpoint
    assert not daily(journeys, delivery, DAY, checkpoints=folder).checkpoint
    assert status(journeys, DAY, folder).last_checkpoint == DAY
    assert last_in(folder) == DAY


def test_without_a_folder_none_is_made(journeys: Journeys) -> None:
    work = daily(journeys, Delivery(journeys, [Log()]), DAY)
    assert (work.checkpoint, work.no_checkpoint) == (False, None)
    assert not key_file(journeys).exists()
    assert status(journeys, DAY).last_checkpoint is None
    assert folder_of({}) is None
    assert folder_of({"JOURNEY_CHECKPOINTS": "kept"}) == Path("kept")


def gone(folder: Path, key: Path) -> None:
    folder.rmdir()


def key_broken(folder: Path, key: Path) -> None:
    key.write_text("no key")


@pytest.mark.parametrize("spoil", [gone, key_broken])
def test_one_that_cannot_be_made_stops_nothing_and_is_tried_again(
    journeys: Journeys, folder: Path, spoil: Callable[[Path, Path], None]
) -> None:
    """The round is made, what it said is delivered; the next round makes up for it."""
    delivery = Delivery(journeys, [Log()])
    spoil(folder, key_file(journeys))
    work = daily(journeys, delivery, DAY, checkpoints=folder)
    assert isinstance(work.no_checkpoint, StoreUnusable)
    assert status(journeys, DAY).last_round_day == DAY
    folder.mkdir(exist_ok=True)
    key_file(journeys).unlink(missing_ok=True)
    assert daily(journeys, delivery, DAY, checkpoints=folder).checkpoint
