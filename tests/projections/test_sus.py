"""The SUS register, its years, and its differences from the journeys (§3.5 S1-S5; S2 §8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import pytest
from sqlalchemy import Connection

from journey import Journeys
from journey.consent import ConsentGiven, ConsentWithdrawn
from journey.exit import JourneyReopened
from journey.facts import Fact
from journey.sus import SusDeregistered, SusRegistered
from journey.values import (
    ConsentForm,
    ConsentKind,
    Income,
    Occupation,
    ReopenReason,
    SusMode,
)
from journey.wishes import JourneyWish
from projections import at
from projections.explained import Explained
from projections.reconciliation import Difference, reconciliation, reconciliation_sheet
from projections.sus import SusRow, register, register_sheet
from projections.sus_report import SusYear, explain_sus, sus_report, sus_sheet
from tests.examples import COACH, deregistration, enrolment, exited_to_work, in_step_1, ready, wish
from tests.projections.stores import a_store, journey_of, performed, rows_of

ON_TIME = date(2026, 11, 30)


@contextmanager
def after(wishes: Sequence[JourneyWish]) -> Iterator[Connection]:
    """A connection on the rows after these wishes about ``j1``."""
    with a_store() as journeys:
        performed(journeys, wishes)
        with at(journeys) as connection:
            yield connection


# --- the register ----------------------------------------------------------------------

ANONYMOUS = (
    *ready(),
    enrolment(),
    wish("register_in_sus", COACH, "2026-02-12", mode="anonymous"),
)
REOPENED = (*exited_to_work(), wish("reopen", COACH, "2026-10-01", reason="wrong_exit"))


@pytest.mark.parametrize(
    ("wishes", "status"),
    [
        ((*ready(), enrolment()), "none"),
        (in_step_1(), "registered_identified"),
        (ANONYMOUS, "registered_anonymous"),
        (exited_to_work(), "deregistration_pending"),
        (REOPENED, "registered_identified"),
        ((*exited_to_work(), deregistration()), "deregistered"),
    ],
)
def test_every_state_of_the_machine_is_seen(wishes: Sequence[JourneyWish], status: str) -> None:
    """S1-S5 of domain.md §3.5."""
    with after(wishes) as connection:
        (row,) = register(connection, date(2026, 2, 12))
    assert (row.status, row.overdue) == (status, False)


def test_a_row_holds_every_day_that_matters() -> None:
    with after((*exited_to_work(), deregistration())) as connection:
        rows = register(connection, ON_TIME)
    assert rows == [
        SusRow(
            journey="j1",
            municipality="Nässjö",
            programme="se-hoglandet",
            enrolled_on=date(2026, 2, 12),
            exit_date=date(2026, 8, 31),
            status="deregistered",
            registered_on=date(2026, 2, 12),
            due_on=ON_TIME,
            act_by=ON_TIME,
            deregistered_on=ON_TIME,
            overdue=False,
        )
    ]
    assert len(register_sheet(rows).columns) == len(register_sheet(rows).rows[0])


def test_before_the_enrolment_there_is_nothing_to_register() -> None:
    with after(ready()) as connection:
        assert register(connection, ON_TIME) == []


def test_overdue_begins_after_the_day_to_act() -> None:
    """S4; an exit on Friday 2026-11-27 is due on a Saturday, and may wait until Monday 03-01."""
    with after(exited_to_work("2026-11-27")) as connection:
        late = [register(connection, date(2027, 3, day))[0].overdue for day in (1, 2)]
    assert late == [False, True]


def test_one_who_was_never_registered_is_late_from_the_day_after_enrolment() -> None:
    with after((*ready(), enrolment())) as connection:
        late = [register(connection, date(2026, 2, day))[0].overdue for day in (12, 13)]
    assert late == [False, True]


def test_a_protected_identity_hides_the_municipality() -> None:
    """domain.md §9.9."""
    with rows_of(journey_of("a", "2024-01-08", protected=True)) as connection:
        assert register(connection, ON_TIME)[0].municipality is None


# --- year by year ----------------------------------------------------------------------


def test_three_years_of_hoglandet_were_registered_in_and_out_on_time(hoglandet: Journeys) -> None:
    """The same people as in the yearly table: 303 in, 187 out."""
    with at(hoglandet) as connection:
        rows = sus_report(connection, 2018, 2020, date(2021, 1, 15))
        differences = reconciliation(connection, date(2021, 1, 15))
    assert rows == [
        SusYear(2018, 167, 0, 49, 0, 0, 0),
        SusYear(2019, 62, 0, 66, 0, 0, 0),
        SusYear(2020, 74, 0, 72, 0, 0, 0),
    ]
    assert differences == []


def test_who_waits_is_counted_at_the_year_s_end() -> None:
    """An exit of 2026-11-27 waits over New Year, and is late on 2027-03-02."""
    with after(exited_to_work("2026-11-27")) as connection:
        assert sus_report(connection, 2026, 2028, date(2027, 3, 2)) == [
            SusYear(2026, 1, 0, 0, 1, 0, 0),
            SusYear(2027, 0, 0, 0, 1, 1, 0),
            SusYear(2028, 0, 0, 0, 0, 0, 0),
        ]
        behind = explain_sus(connection, 2027, 2027, date(2027, 3, 2))
    assert Explained(2027, "overdue", ["j1"]) in behind
    assert Explained(2027, "registered", []) in behind


def test_the_anonymous_the_unregistered_and_mistakes() -> None:
    """A registration error is counted nowhere (§3.3)."""
    anonymous = SusRegistered(on=date(2024, 1, 8), mode=SusMode.ANONYMOUS)
    named = SusRegistered(on=date(2024, 1, 8), mode=SusMode.IDENTIFIED)
    with rows_of(
        journey_of("a", "2024-01-08", None, "work", anonymous),
        journey_of("b", "2024-01-08"),
        journey_of("c", "2024-01-08", "2024-02-08", "registration_error", named),
    ) as connection:
        rows = sus_report(connection, 2024, 2024, date(2024, 12, 31))
    assert rows == [SusYear(2024, 0, 1, 0, 0, 0, 1)]
    assert sus_sheet(rows).rows == [["2024", "0", "1", "0", "0", "0", "1"]]


# --- beside the journeys ---------------------------------------------------------------

ENROLLED = date(2024, 1, 8)


def by_name(on: date = ENROLLED) -> Fact:
    """Registered by name."""
    return SusRegistered(on=on, mode=SusMode.IDENTIFIED)


def consent(form: ConsentForm = ConsentForm.WRITTEN) -> Fact:
    """The consent that it needs."""
    return ConsentGiven(
        on=ENROLLED, kind=ConsentKind.SUS_REGISTRATION, obtained_by="municipality", form=form
    )


def out(on: str) -> Fact:
    """Registered out."""
    day = date.fromisoformat(on)
    return SusDeregistered(
        on=day, due_on=day, occupation_after=Occupation.NONE, income_after=Income.NONE
    )


def differences(
    *facts: Fact, exit_date: str | None = None, reason: str = "illness", protected: bool = False
) -> list[tuple[str, str | None, str | None]]:
    """What differs on 2024-12-31 for one who was enrolled on 2024-01-08."""
    journey = journey_of("a", ENROLLED.isoformat(), exit_date, reason, *facts, protected=protected)
    with rows_of(journey) as connection:
        found = reconciliation(connection, date(2024, 12, 31))
    assert {each.journey for each in found} <= {"a"}
    return [(each.difference, each.expected, each.reported) for each in found]


def test_what_was_reported_as_it_happened_differs_in_nothing() -> None:
    assert differences(consent(), by_name()) == []
    assert differences(consent(), by_name(), out("2024-05-20"), exit_date="2024-05-20") == []


def test_the_days_of_registration() -> None:
    assert differences() == [("not_registered", "2024-01-08", None)]
    assert differences(consent(), by_name(date(2024, 1, 9))) == [
        ("registered_late", "2024-01-08", "2024-01-09")
    ]


def test_the_days_of_deregistration() -> None:
    """Due on the day of the exit, a Monday, for other reasons than work and studies."""
    known = (consent(), by_name())
    assert differences(*known, exit_date="2024-05-20") == [("not_deregistered", "2024-05-20", None)]
    assert differences(*known, out("2024-05-21"), exit_date="2024-05-20") == [
        ("deregistered_late", "2024-05-20", "2024-05-21")
    ]
    assert differences(*known, out("2024-05-17"), exit_date="2024-05-20") == [
        ("deregistered_early", "2024-05-20", "2024-05-17")
    ]


def test_a_name_that_should_not_have_been_given() -> None:
    """S1; domain.md §2.3, §12.2. A consent withdrawn later does not undo the registration."""
    assert differences(consent(), by_name(), protected=True) == [
        ("identified_despite_protected_identity", "anonymous", "identified")
    ]
    for consents in ((), (consent(ConsentForm.ORAL),)):
        assert differences(*consents, by_name()) == [
            ("identified_without_consent", "anonymous", "identified")
        ]
    withdrawn = ConsentWithdrawn(on=date(2024, 3, 1), kind=ConsentKind.SUS_REGISTRATION)
    assert differences(consent(), by_name(), withdrawn) == []


def test_a_mistake_that_still_stands_in_sus() -> None:
    """§3.3: a registration error is registered out at once, and nothing more is asked of it."""
    day, error = "2024-01-10", "registration_error"
    still_in = differences(by_name(), exit_date=day, reason=error)
    assert still_in == [("registered_but_void", None, "2024-01-08")]
    assert differences(by_name(), out(day), exit_date=day, reason=error) == []


def test_a_reopened_journey_waits_for_no_deregistration() -> None:
    """S5."""
    undone = JourneyReopened(
        on=date(2024, 6, 3), reason=ReopenReason.JOB_LOST, to_step=3, undone_exit=ENROLLED
    )
    assert differences(consent(), by_name(), undone, exit_date="2024-05-20") == []


def test_the_sheet_says_each_difference_in_words() -> None:
    made = reconciliation_sheet([Difference("a", "not_registered", "2024-01-08", None)])
    assert made.rows == [["a", "not registered", "2024-01-08", ""]]
