"""Data docs: readable without a network, never piling up, and honest when a rule does not hold."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from expectations.process import document
from pipeline.services.publishing import publish
from pipeline.settings import Settings
from tests.lakes import an_event, land

pytestmark = pytest.mark.slow


def test_data_docs_lead_to_every_mart_and_take_the_place_of_the_last_ones(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path))
    land(settings.home_path, "events", [an_event(0), an_event(1)], 0)
    file = publish(settings).published.path(settings.published_path)
    out = tmp_path / "data-docs"
    first = document(file, out)
    pages = len(list(out.rglob("*.html")))
    copy = tmp_path / "broken.duckdb"
    copy.write_bytes(file.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute("update fct_feedback set channel = null")
    second = document(copy, out)

    assert first is not None
    assert second is not None
    assert first.holds
    assert not second.holds
    assert "do not hold" in second.said
    assert len(list(out.rglob("*.html"))) == pages
    text = second.index.read_text(encoding="utf-8")
    assert "broken" in text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text), "the page must need no network"
    links = [link.replace("%20", " ") for link in re.findall(r'href="([^"]+)"', text)]
    assert len(links) > 5
    assert all((out / link).is_file() for link in links)


def test_a_checkpoint_that_cannot_run_says_why_and_leaves_the_last_pages(tmp_path: Path) -> None:
    out = tmp_path / "data-docs"
    out.mkdir()
    (out / "overview.html").write_text("the last one")
    documented = document(tmp_path / "nowhere.duckdb", out)
    assert documented is not None
    assert not documented.holds
    assert "no published warehouse" in documented.said
    assert (out / "overview.html").read_text() == "the last one"


def test_who_is_told_to_stop_leaves_the_last_pages_and_does_not_wait(tmp_path: Path) -> None:
    out = tmp_path / "data-docs"
    out.mkdir()
    (out / "overview.html").write_text("the last one")
    answers = iter([False])
    assert document(tmp_path / "nowhere.duckdb", out, told=lambda: next(answers, True)) is None
    assert (out / "overview.html").read_text() == "the last one"


def test_a_checkpoint_that_takes_too_long_is_ended_and_says_so(tmp_path: Path) -> None:
    documented = document(tmp_path / "nowhere.duckdb", tmp_path / "data-docs", timeout_seconds=0.0)
    assert documented is not None
    assert not documented.holds
    assert "took longer than 0 s" in documented.said
