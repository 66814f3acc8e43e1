"""What one database keeps, refuses or puts first, the other does too."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import insert, make_url, select, text

from journey import InvalidCommand, Journeys, Refused, StoreUnusable
from journey.storage.append import Append
from journey.storage.index import journeys as index
from journey.storage.outbox_tables import outbox
from journey.storage.recorder import Recorder
from projections import at, journeys_of
from tests.examples import BOARD, COACH, exited_to_work
from tests.postgres import Server
from tests.projections.stores import LATE, of, performed, rows_in
from tests.storage.stores import as_object, support

UNORDERED = {("store", "value"), ("store_form", "version_num")}
"""Text by which no one orders."""


@pytest.mark.parametrize("id", ["a\0b", "\0", "a\n\0", "a\0\n", "", "å" * 129])
def test_an_id_that_not_every_database_can_keep_is_refused(journeys: Journeys, id: str) -> None:
    """By its form, before any database sees it."""
    with pytest.raises(InvalidCommand) as refused:
        journeys.perform(support(1, id=id))
    assert refused.value.reasons[0].field == "id"


@pytest.mark.parametrize("id", ["\n", "a\tb\n", "å" * 128, "😀" * 128, "' OR 1 -- \\x00 %s :a"])
def test_any_other_id_is_kept_as_it_is(journeys: Journeys, id: str) -> None:
    """And known again."""
    performed(journeys, exited_to_work()[:2])
    command = as_object(exited_to_work()[2], id=id)
    first = journeys.perform(command)
    assert journeys.perform(command) == msgspec.structs.replace(first, repeated=True, warnings=())


@pytest.mark.parametrize("number", [2**31, 2**63, 2**64, 10**30, -(2**63)])
def test_a_number_that_fits_no_column_is_refused_by_the_rules(
    journeys: Journeys, number: int
) -> None:
    """All numbers of commands; none reaches a column that is too small for it."""
    performed(journeys, exited_to_work())
    before = journeys.facts.head()
    who = {"by": COACH, "on": "2026-09-02", "journey": "j1"}
    fixed = {"field": "sex", "value": "man", "reason": "typo"}
    of_a_unit = {"by": BOARD, "on": "2026-01-01", "unit": "Nässjö"}
    for command in (
        {"do": "correct", "entry": number, **fixed, **who},
        {"do": "correct", "entry": 1, **fixed, **who, "value": number},
        {"do": "offer_survey", "year": number, **who},
        {"do": "allocate_post", "percent": number, **of_a_unit},
        {"do": "record_volume_contacts", "count": number, **of_a_unit},
    ):
        with pytest.raises(Refused):
            journeys.perform(command)
    assert journeys.facts.head() == before


def test_the_most_that_a_unit_may_say_fits_its_columns(journeys: Journeys) -> None:
    """A year's sum too: the greatest count on each of its days."""
    said = {"by": BOARD, "unit": "Nässjö"}
    journeys.perform({"do": "allocate_post", "percent": 100_000, "on": "2024-01-01", **said})
    greatest = 366 * 1_000_000
    with journeys.facts.exclusively() as cursor:
        cursor.execute(
            "INSERT INTO unit_volume (stream, year, unit, contacts) "
            f"SELECT stream, 2024, unit, {greatest} FROM unit_posts"
        )
    assert [row[-1] for row in rows_in(journeys)["unit_volume"]] == [greatest]


def test_a_question_with_a_text_that_no_server_can_hold_is_refused(postgres: Server) -> None:
    """And not taken for a server that is away."""
    with postgres.fresh() as url, Journeys(url) as journeys:
        with pytest.raises(StoreUnusable, match="refused"), at(journeys) as connection:
            journeys_of(connection, coach="\0")
        journeys.close()


def test_texts_are_ordered_by_their_code_points(journeys: Journeys) -> None:
    """Whatever language the database's own order speaks."""
    keys = ["ö", "a", "Z", "ä", "z", "å", "A", "1", "é", "e", "_", "B-1", "B_1", "B1"]
    for key in keys:
        performed(journeys, of(key, exited_to_work()[:1]))
    found = journeys.ask(select(index.c.journey).order_by(index.c.journey))
    assert [key for (key,) in found] == sorted(keys)


def test_no_text_is_in_the_order_of_a_database_s_own_language(postgres: Server) -> None:
    """Every column of text that is compared bears the collation C."""
    with postgres.fresh() as url, Journeys(url) as journeys:
        with journeys.facts.reading() as connection:
            found = connection.execute(
                text(
                    "SELECT table_name, column_name FROM information_schema.columns "
                    "WHERE table_schema = current_schema() AND collation_name IS DISTINCT FROM 'C' "
                    "AND data_type IN ('text', 'character varying')"
                )
            )
            assert {tuple(row) for row in found} == UNORDERED
        journeys.close()


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_text_is_refused(postgres: Server, encoding: str) -> None:
    """Before anything is made in it."""
    postgres.run(f"CREATE DATABASE narrow TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'")
    try:
        url = make_url(postgres.url()).set(database="narrow")
        with pytest.raises(StoreUnusable, match="encoding UTF8"):
            Journeys(url.render_as_string(hide_password=False))
    finally:
        postgres.run("DROP DATABASE narrow WITH (FORCE)")


def test_a_client_of_another_encoding_keeps_every_text(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PGCLIENTENCODING may name a narrower one for the machine."""
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    with postgres.fresh() as url, Journeys(url, today=LATE) as journeys:
        performed(journeys, of("ж", exited_to_work()[:1]))
        assert journeys.perform(support(1, journey="ж", id="😀")).facts
        assert journeys.perform(support(1, journey="ж", id="😀")).repeated
        journeys.close()


def test_a_position_and_a_time_over_32_bits_are_kept(journeys: Journeys) -> None:
    far, late = 2**40, 2**52
    row = {"position": far, "channel": "c", "status": "waiting", "tries": 0, "next_try_at": late}
    with journeys.engine.begin() as connection:
        connection.execute(insert(outbox).values(row))
    ((position, time),) = journeys.ask(select(outbox.c.position, outbox.c.next_try_at))
    assert (position, time) == (far, late)


def test_a_long_body_and_any_byte_are_kept(url: str, journeys: Journeys) -> None:
    """1 MiB that is no text."""
    body = bytes(range(256)) * 4096
    journeys.facts.append(Append(bytes(16), 1, (("Said", body),)))
    recorder = Recorder(journeys.engine)
    assert [row[2] for row in recorder.read(bytes(16))] == [body]
    recorder.close()
