"""dim_category: every category that there is or that somebody named, with what it means and how much it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from expectations.gate import audit
from expectations.outcome import Status
from expectations.suites.definitions import DIM_CATEGORY
from pipeline.domain.taxonomies.loading import shipped_taxonomy
from tests.lakes import an_answer, an_event
from tests.taxonomies import a_taxonomy, telecom
from warehouse.category_words import categories_digest

Build = Callable[..., Callable[[str], list[tuple[Any, ...]]]]


class Runner:
    """The gate's view of marts in memory."""

    def __init__(self, ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
        self._ask = ask

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return self._ask(sql)

    def columns(self, mart: str) -> list[tuple[str, str]]:
        return [
            (name, kind)
            for name, kind in self._ask(
                f"select column_name, data_type from duckdb_columns() where table_name = '{mart}' order by column_index"
            )
        ]


def broken(ask: Callable[[str], list[tuple[Any, ...]]]) -> list[tuple[str, bool, int]]:
    """Names of the rules that do not hold, whether they stop a publication, and by how many rows."""
    outcomes = audit(Runner(ask), [DIM_CATEGORY])
    return [(each.expectation, each.blocks, each.failing) for each in outcomes if each.status is not Status.PASSED]


def test_an_empty_warehouse_has_the_whole_taxonomy(built: Build) -> None:
    ask = built()
    rows = ask("select id, taxonomy, position, feedback_count from dim_category order by position")
    assert rows == [(each, "default-1", place, 0) for place, each in enumerate(shipped_taxonomy().ids, start=1)]
    assert broken(ask) == []


def test_a_category_tells_what_it_means(built: Build) -> None:
    ask = built(taxonomy=telecom())
    columns = "label_en, label_uk, characteristic, taxonomy, description like 'What is charged:%'"
    assert ask(f"select {columns} from dim_category where id = 'bills'") == [
        ("Bills and tariffs", "Рахунки й тарифи", "organizational", "telecom-1", True)
    ]
    assert ask("select characteristic from dim_category where id = 'other'") == [(None,)]


def test_feedback_and_answers_are_counted_and_what_is_not_classified_is_in_none(built: Build) -> None:
    events = [an_event(0, category="network"), an_event(1, category="network"), an_event(2)]
    events += [an_answer(3, "csat", 4, (1, 5), category="network"), an_answer(4, "csat", 4, (1, 5), category="bills")]
    ask = built(events=events, taxonomy=telecom())
    rows = ask("select id, feedback_count, answer_count from dim_category where feedback_count + answer_count > 0")
    assert sorted(rows) == [("bills", 0, 1), ("network", 2, 1)]
    assert broken(ask) == []


def test_a_category_that_the_taxonomy_does_not_know_is_kept_and_shown(built: Build) -> None:
    events = [an_event(0, category="Tariff disputes"), an_event(1, category="delivery"), an_event(2, category="bills")]
    ask = built(events=events, taxonomy=telecom())
    assert ask("select category from fct_feedback order by event_id") == [
        ("Tariff disputes",),
        ("delivery",),
        ("bills",),
    ]
    unknown = ask("select id, label_en, taxonomy, position, feedback_count from dim_category where not in_taxonomy")
    assert sorted(unknown) == [("Tariff disputes", None, None, None, 1), ("delivery", None, None, None, 1)]
    assert ask("select count(*) from dim_category") == [(len(telecom().ids) + 2,)]


def test_unknown_categories_are_a_warning_with_their_number_and_never_stop_a_publication(built: Build) -> None:
    events = [an_event(n, category=each) for n, each in enumerate(("towers", "towers", "sims", "bills"))]
    ask = built(events=events, taxonomy=telecom())
    assert broken(ask) == [("every category of events is one of the taxonomy", False, 2)]


def test_another_label_is_another_digest_for_publishing() -> None:
    assert categories_digest(a_taxonomy("a", "b")) == categories_digest(a_taxonomy("a", "b"))
    assert len({categories_digest(each) for each in (a_taxonomy("a", "b"), a_taxonomy("b", "a"), telecom())}) == 3
