"""The SUS register: who is registered in and out, and where the word is late (§3.5 S1-S5).

The rows hold what was told to the national follow-up system beside what the journey
says, so that both can be compared; nothing here logs in anywhere (domain.md §12.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct
from sqlalchemy import Boolean, Column, Connection, Date, LargeBinary, MetaData, Table
from sqlalchemy import select as select_columns

from journey.calendar import act_by
from journey.language import N_
from journey.programme import programme
from journey.state import Journey
from journey.storage.rows import Rows
from journey.storage.schema import plain_text
from journey.units import Unit
from journey.values import ConsentForm, ConsentKind, ExitClass, SusMode, SusStatus
from projections.sheet import Sheet, Words, sheet

metadata = MetaData()

sus = Table(
    "sus",
    metadata,
    Column("stream", LargeBinary(16), primary_key=True),
    Column("journey", plain_text(64), nullable=False),
    Column("municipality", plain_text(64), nullable=False),
    Column("programme", plain_text(64), nullable=False),
    Column("sex", plain_text(16), nullable=False),
    Column("protected_identity", Boolean, nullable=False),
    Column("enrolled_on", Date, nullable=False, index=True),
    Column("exit_date", Date),
    Column("outcome", plain_text(16)),
    Column("status", plain_text(32), nullable=False),
    Column("mode", plain_text(16)),
    Column("registered_on", Date),
    Column("consented", Boolean, nullable=False),
    Column("due_on", Date),
    Column("act_by", Date),
    Column("deregistered_on", Date),
    Column("income_before", plain_text(32), nullable=False),
    Column("occupation_before", plain_text(32), nullable=False),
    Column("income_after", plain_text(32)),
    Column("occupation_after", plain_text(32)),
)


class SusRegister:
    """The rows: one a journey that was enrolled, also one that was a mistake."""

    tables: Sequence[Table] = (sus,)

    def rests_on(self, journey: Journey) -> tuple[object, ...]:
        """Enrolment and exit, the registration and the consent to it."""
        parts = (journey.referral, journey.enrolment, journey.exit, journey.sus)
        return (*parts, journey.consents)

    def rows(self, journey: Journey) -> Rows:
        """The journey's row; none before enrolment."""
        enrolled, part, referral = journey.enrolment.enrolled, journey.sus, journey.referral
        if enrolled is None:
            return {}
        exited, out = journey.exit.exited, part.deregistered
        row = {
            "journey": referral.journey,
            "municipality": referral.municipality,
            "programme": referral.programme,
            "sex": referral.sex.value,
            "protected_identity": referral.protected_identity,
            "enrolled_on": enrolled.on,
            "exit_date": exited.exit_date if exited else None,
            "outcome": exited.outcome.value if exited else None,
            "status": part.status.value,
            "mode": part.mode.value if part.mode else None,
            "registered_on": part.registered_on,
            "consented": _consented(journey),
            "due_on": part.due_on,
            "act_by": part.act_by,
            "deregistered_on": out.on if out else None,
            "income_before": enrolled.income_before.value,
            "occupation_before": enrolled.occupation_before.value,
            "income_after": out.income_after.value if out else None,
            "occupation_after": out.occupation_after.value if out else None,
        }
        return {sus.name: (row,)}

    def unit_rows(self, unit: Unit) -> Rows:
        """A unit has none."""
        return {}


def _consented(journey: Journey) -> bool:
    """Whether a written consent held on the day of registration (§2.3, §12.2)."""
    day = journey.sus.registered_on
    return day is not None and any(
        consent.kind is ConsentKind.SUS_REGISTRATION
        and consent.form is ConsentForm.WRITTEN
        and consent.valid_on(day)
        for consent in journey.consents.given
    )


# --- reading -------------------------------------------------------------------------


class Registration(Struct, frozen=True):
    """One journey's row, as the questions read it."""

    journey: str
    municipality: str
    programme: str
    sex: str
    protected_identity: bool
    enrolled_on: date
    exit_date: date | None
    outcome: str | None
    status: str
    mode: str | None
    registered_on: date | None
    consented: bool
    due_on: date | None
    act_by: date | None
    deregistered_on: date | None
    income_before: str
    occupation_before: str
    income_after: str | None
    occupation_after: str | None

    @property
    def void(self) -> bool:
        """Whether the enrolment was a registration error, counted nowhere (§3.3)."""
        return self.outcome == ExitClass.VOID.value

    @property
    def by_name(self) -> bool:
        """Whether the person is registered by name, and so must be registered out."""
        return self.mode == SusMode.IDENTIFIED.value

    def out_overdue(self, day: date) -> bool:
        """Whether it waits for deregistration, and the last day for that has passed (S4)."""
        pending = self.status == SusStatus.DEREGISTRATION_PENDING.value
        return pending and self.act_by is not None and self.act_by < day

    def in_overdue(self, day: date) -> bool:
        """Whether it should have been registered on enrolment, and is not (S1)."""
        used = programme(self.programme).rules_on(self.enrolled_on).sus_used
        return self.mode is None and used and act_by(self.enrolled_on) < day


def registrations(connection: Connection) -> list[Registration]:
    """Every row, by day of enrolment and key."""
    columns = [sus.c[name] for name in Registration.__struct_fields__]
    query = select_columns(*columns).order_by(sus.c.enrolled_on, sus.c.journey)
    return [Registration(*row) for row in connection.execute(query)]


class SusRow(Struct, frozen=True):
    """One journey in the register, as it stands on the day of the question.

    ``municipality`` is null for a protected identity (domain.md §9.9). ``overdue``:
    the last day for registering in, or out, has passed.
    """

    journey: str
    municipality: str | None
    programme: str
    enrolled_on: date
    exit_date: date | None
    status: str
    registered_on: date | None
    due_on: date | None
    act_by: date | None
    deregistered_on: date | None
    overdue: bool


def register(connection: Connection, day: date) -> list[SusRow]:
    """The register on this day, by day of enrolment."""
    return [_row(one, day) for one in registrations(connection)]


def _row(one: Registration, day: date) -> SusRow:
    return SusRow(
        journey=one.journey,
        municipality=None if one.protected_identity else one.municipality,
        programme=one.programme,
        enrolled_on=one.enrolled_on,
        exit_date=one.exit_date,
        status=one.status,
        registered_on=one.registered_on,
        due_on=one.due_on,
        act_by=one.act_by,
        deregistered_on=one.deregistered_on,
        overdue=one.out_overdue(day) or (not one.void and one.in_overdue(day)),
    )


_SAID = {
    SusStatus.NONE: N_("not registered"),
    SusStatus.REGISTERED_IDENTIFIED: N_("by name"),
    SusStatus.REGISTERED_ANONYMOUS: N_("anonymous"),
    SusStatus.DEREGISTRATION_PENDING: N_("waiting"),
    SusStatus.DEREGISTERED: N_("deregistered"),
}


def register_sheet(rows: Iterable[SusRow]) -> Sheet:
    """The register."""
    return sheet(
        Words(N_("The SUS register")),
        (
            N_("journey"),
            N_("enrolled"),
            N_("status"),
            N_("in"),
            N_("exit"),
            N_("act by"),
            N_("out"),
            N_("late"),
        ),
        (
            (
                r.journey,
                r.enrolled_on,
                Words(_SAID[SusStatus(r.status)]),
                r.registered_on,
                r.exit_date,
                r.act_by,
                r.deregistered_on,
                Words(N_("yes")) if r.overdue else None,
            )
            for r in rows
        ),
    )
