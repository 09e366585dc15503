"""What people look at, made from what is published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipeline.services.reconciliation import Reconciliation
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.services.case_account import CaseAccount
    from pipeline.services.case_list import OpenCases
    from pipeline.services.case_story import CaseStory
    from pipeline.services.scorecard import Scorecard


def scorecard_of(settings: Settings, counts: Reconciliation) -> Scorecard:
    """The published warehouse's figures on one page; `counts` say what became of the inputs."""
    from pipeline.services.scorecard import Flow, make_scorecard

    flow = Flow(counts.read, counts.accepted, counts.duplicates, counts.dead_letters)
    with _published(settings) as query:
        return make_scorecard(query, flow)


def case_account_of(settings: Settings) -> CaseAccount:
    """Whether the published account of cases adds up. Raises `UsageError` when nothing is published."""
    from pipeline.services.case_account import check_account

    with _published(settings) as query:
        return check_account(query)


def case_story_of(settings: Settings, case_id: str) -> CaseStory:
    """One case as published. Raises `UsageError` when nothing is published, or no such case."""
    from pipeline.services.case_story import tell_story

    with _published(settings) as query:
        return tell_story(query, case_id)


def open_cases_of(settings: Settings, *, limit: int, only_overdue: bool, product: str | None) -> OpenCases:
    """The most urgent open cases as published. Raises `UsageError` when nothing is published."""
    from pipeline.services.case_list import list_open_cases

    with _published(settings) as query:
        return list_open_cases(query, limit=limit, only_overdue=only_overdue, product=product)


@contextmanager
def _published(settings: Settings) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """A function that gives the rows of a statement (and its parameters) on the published warehouse.

    Raises `UsageError` when nothing is published, or a mart is not there: an older Vidhuk published it.
    """
    import duckdb

    from pipeline.domain.errors import UsageError
    from warehouse.connections import reading
    from warehouse.published import required

    _, path = required(settings.published_path)
    with reading(path) as connection:

        def query(statement: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
            cursor = connection.execute(statement, list(parameters))
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        try:
            yield query
        except duckdb.CatalogException as error:
            raise UsageError(
                f"The published warehouse {path} lacks a table that this version of Vidhuk reads. Publish it again: "
                "`vidhuk run FILE --as FORMAT`, or `vidhuk demo`."
            ) from error


def live_windows(settings: Settings) -> list[dict[str, Any]]:
    """All live windows as of now, oldest first, read from the compacted topic through a Faust table.

    Raises `DependencyError` when the broker cannot be reached.
    """
    import asyncio

    from streams.admin import create_topics
    from streams.brokers.open import open_broker
    from streams.live import read_live_windows

    with open_broker(settings) as broker:
        create_topics(broker, settings)
        return asyncio.run(read_live_windows(settings, broker))


def alerts_so_far(settings: Settings) -> list[dict[str, Any]]:
    """All alerts on the topic, each id once, oldest first by what they tell of.

    Raises `DependencyError` when the broker cannot be reached.
    """
    from streams.admin import create_topics
    from streams.alerts import read_alerts
    from streams.brokers.open import open_broker

    with open_broker(settings) as broker:
        create_topics(broker, settings)
        return read_alerts(settings, broker)
