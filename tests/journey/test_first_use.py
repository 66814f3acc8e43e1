"""Threads that meet a type of msgspec's for the first time, at once, do not break the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

TIMES = 6
"""Without its lock every second process broke on a programme, one of eight on a command."""

PROGRAM = """
import sys
from threading import Barrier, Thread
from journey.commands import parse
from journey.programme import programme
sys.setswitchinterval(1e-6)
together = Barrier(8)
command = {"do": "withdraw_referral", "journey": "j1", "by": "fk:olle", "on": "2026-02-02"}
work = {
    "programme": lambda: programme("se-hoglandet"),
    "command": lambda: parse({**command, "reason": "other"}),
}[sys.argv[1]]
def at_once():
    together.wait()
    work()
threads = [Thread(target=at_once) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.parametrize("what", ["programme", "command"])
def test_the_first_threads_of_a_process_do_not_break_it(what: str) -> None:
    for _ in range(TIMES):
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, what], check=False, capture_output=True, text=True
        )
        assert (ended.returncode, ended.stderr) == (0, "")
