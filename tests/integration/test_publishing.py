"""From a lake to a published file: what moves the pointer, and what leaves it where it was."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.rules import Expectation as Rule
from expectations.rules import NoneFound, not_null, suite
from pipeline.domain.errors import UsageError
from pipeline.services.publishing import AuditFailedError, publish
from pipeline.settings import Settings
from tests.lakes import a_duplicate, a_letter, an_answer, an_event, land
from tests.taxonomies import TELECOM
from warehouse.connections import reading
from warehouse.published import current, file_name, publishing_lock, required


def settings(home: Path) -> Settings:
    return Settings(home=str(home))


def asked(home: Path, query: str) -> list[tuple[Any, ...]]:
    with reading(required(home / "published")[1]) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A lake of three events, a duplicate and a dead letter."""
    land(tmp_path, "events", [an_event(0), an_event(1, record_class="inquiry"), an_answer(2, "csat", 5, (1, 5))])
    land(tmp_path, "duplicates", [a_duplicate(3)])
    land(tmp_path, "dead_letters", [a_letter(4)])
    return tmp_path


def test_a_lake_becomes_a_published_file(home: Path) -> None:
    publication = publish(settings(home))
    assert publication.is_new
    assert publication.published.rows["fct_feedback"] == 2
    assert asked(home, "select count(*) from fct_feedback union all select count(*) from fct_dead_letter") == [
        (2,),
        (1,),
    ]
    assert current(home / "published") == publication.published
    assert (home / "published" / publication.published.file).stat().st_mode & 0o222 == 0


def test_an_empty_lake_is_published_with_empty_marts(tmp_path: Path) -> None:
    publication = publish(settings(tmp_path))
    assert publication.published.as_known_at is None
    assert asked(tmp_path, "select count(*) from fct_feedback") == [(0,)]


def test_nothing_new_publishes_nothing(home: Path) -> None:
    first = publish(settings(home))
    again = publish(settings(home))
    assert not again.is_new
    assert again.published == first.published
    assert publish(settings(home), force=True).published.version == 2


def test_news_in_the_lake_make_a_new_version(home: Path) -> None:
    publish(settings(home))
    land(home, "events", [an_event(7, id="new")], position=3)
    assert publish(settings(home)).published.version == 2
    assert asked(home, "select count(*) from fct_feedback") == [(3,)]


def test_a_reader_keeps_its_version_while_others_are_published_and_pruned(home: Path) -> None:
    first = publish(settings(home)).published
    with duckdb.connect(first.path(home / "published"), read_only=True) as reader:
        for n in range(4):
            land(home, "events", [an_event(7 + n)], position=3 if n == 0 else 7 + n)
            publish(settings(home), keep=2)
        assert not first.path(home / "published").exists()
        assert reader.execute("select count(*), min(event_id) from fct_feedback").fetchone() == (2, "e-0")
    kept = sorted(path.name for path in (home / "published").glob("*.duckdb"))
    assert kept == [file_name(4), file_name(5)]


BROKEN = suite("fct_feedback", ("source", "event_id"), *not_null("product"), private=("event_id",))


def test_a_failed_audit_leaves_the_last_good_version_and_says_which_rule_and_rows(home: Path) -> None:
    good = publish(settings(home)).published
    land(home, "events", [an_event(7)], position=3)
    with pytest.raises(AuditFailedError) as raised:
        publish(settings(home), suites=[BROKEN])
    said = str(raised.value)
    assert "version 1 stays published" in said
    assert "fct_feedback: product is never missing: broken by 3 of 3 rows" in said
    assert "source channel/test, event_id sha256 " in said
    assert "e-0" not in said
    assert current(home / "published") == good
    assert asked(home, "select count(*) from fct_feedback") == [(2,)]
    assert not (home / "state" / "publishing").exists()


def test_an_inbox_record_in_two_tables_stops_the_publication(home: Path) -> None:
    twice = an_event(8, inbox_offset=4, recordedtime=a_letter(4)["recordedtime"])
    land(home, "events", [twice], position=3)
    with pytest.raises(AuditFailedError, match="every inbox record ended in one place"):
        publish(settings(home))


def test_a_warning_is_published_beside_the_figures(home: Path) -> None:
    rule = Rule("always", NoneFound("select 1"), severity=BROKEN.expectations[0].severity.__class__.WARNING)
    publication = publish(settings(home), suites=[suite("fct_feedback", ("source",), rule)])
    assert len(publication.published.warnings) == 1


def test_another_taxonomy_is_published_though_nothing_landed(home: Path) -> None:
    land(home, "events", [an_event(5, category="bills")], position=3)
    assert len(publish(settings(home)).published.warnings) == 1
    own = Settings(home=str(home), taxonomy=str(TELECOM))
    publication = publish(own)
    assert (publication.published.version, publication.published.warnings) == (2, [])
    assert asked(home, "select taxonomy, feedback_count from dim_category where id = 'bills'") == [("telecom-1", 1)]
    assert not publish(own).is_new


def test_a_taxonomy_that_cannot_be_read_leaves_the_last_good_version(home: Path) -> None:
    good = publish(settings(home)).published
    with pytest.raises(UsageError, match="the taxonomy cannot be read"):
        publish(Settings(home=str(home), taxonomy=str(home / "absent.toml")), force=True)
    assert current(home / "published") == good


def test_a_crash_before_the_pointer_moves_leaves_the_last_good_version(home: Path) -> None:
    good = publish(settings(home)).published
    orphan = home / "published" / file_name(2)
    orphan.write_bytes(b"half")
    (home / "state" / "publishing").mkdir(parents=True)
    (home / "state" / "publishing" / "warehouse.duckdb").write_bytes(b"half")
    assert current(home / "published") == good
    assert publish(settings(home), force=True).published.version == 2
    assert asked(home, "select count(*) from fct_feedback") == [(2,)]


def test_publishers_wait_for_one_another(home: Path) -> None:
    versions: list[int] = []
    threads = [
        threading.Thread(target=lambda: versions.append(publish(settings(home), force=True).published.version))
        for _ in range(3)
    ]
    with publishing_lock(home / "published"):
        for thread in threads:
            thread.start()
        threads[0].join(0.3)
        assert versions == []
    for thread in threads:
        thread.join()
    assert sorted(versions) == [1, 2, 3]
