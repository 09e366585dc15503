"""Another model's answers: appended once, taken by the marts only when asked for, and what they would change."""

from __future__ import annotations

from pathlib import Path

import duckdb
import msgspec
import pytest

from pipeline.classify.model import TextModel
from pipeline.classify.text_classifier import TextClassifier
from pipeline.classify.training import TrainingOptions, train
from pipeline.domain.errors import RetryableError, UsageError
from pipeline.metrics.registry import METRICS
from pipeline.services import reclassifying
from pipeline.services.publishing import publish
from pipeline.services.reclassifying import Reclassified
from pipeline.settings import Settings
from tests.lakes import NOON, an_event, key_of, land
from warehouse.connections import reading
from warehouse.enrichment_differences import enrichment_differences
from warehouse.enrichments import EnrichmentTable
from warehouse.lake import DeltaLake
from warehouse.published import attach_lake, snapshot

ASKS = ["where is it", "when does it come", "how do i pay", "can you help", "what does it cost"]
BLAMES = ["it is broken", "nothing came", "i was charged twice", "terrible again", "it never worked"]


@pytest.fixture(scope="module")
def model() -> TextModel:
    texts = [*ASKS, *BLAMES]
    labels = {"record_class": ["inquiry"] * 5 + ["complaint"] * 5, "safety": ["false", "true"] * 5}
    return train(texts, labels, TrainingOptions(name="own", folds=2, lost_at_most=0.0))


def reclassify(settings: Settings, model: TextModel) -> Reclassified:
    classifier = TextClassifier(model)
    return reclassifying.reclassify(settings, classifier, classifier.heads, NOON)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home whose intake called everything an opinion; one channel stated a compliment, one event has no text."""
    taken = {"record_class": "opinion", "model": "intake-1", "safety": False}
    land(
        tmp_path,
        "events",
        [
            an_event(0, text="where is it", **taken),
            an_event(1, text="it is broken", **taken),
            an_event(
                2, text="terrible again", data={"record_class": "compliment"}, **taken | {"record_class": "compliment"}
            ),
            an_event(3, rating=4.0, rating_scale="1-5", **taken),
        ],
    )
    return Settings(home=str(tmp_path))


def classes(settings: Settings, enrichment: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        attach_lake(connection, snapshot(DeltaLake(settings.lake_path), enrichment))
        query = 'select record_class, safety, model from lake_events order by "offset"'
        return connection.execute(query).fetchall()


def test_each_text_is_answered_once_however_often_it_is_run(settings: Settings, model: TextModel) -> None:
    first, second = reclassify(settings, model), reclassify(settings, model)
    assert (first.answered, first.answered_before) == (3, 0)
    assert (second.answered, second.answered_before) == (0, 3)
    land(settings.home_path, "events", [an_event(4, text="what does it cost")], position=4)
    assert reclassify(settings, model).answered == 1
    with duckdb.connect() as connection:
        files = EnrichmentTable(settings.lake_path).files
        rows = connection.execute("select event_key, model from read_parquet(?)", [files]).fetchall()
    assert sorted(rows) == sorted((key_of("channel/test", f"e-{i}"), model.id) for i in (0, 1, 2, 4))


def test_the_marts_take_a_model_only_when_told_and_never_over_what_was_stated(
    settings: Settings, model: TextModel
) -> None:
    reclassify(settings, model)
    assert classes(settings, "intake") == [
        ("opinion", False, "intake-1"),
        ("opinion", False, "intake-1"),
        ("compliment", False, "intake-1"),
        ("opinion", False, "intake-1"),
    ]
    answers = model.predict(["where is it", "it is broken", "terrible again"])
    flags = [flag and flag == "true" for flag in answers["safety"].labels()]
    assert answers["record_class"].labels()[:2] == ["inquiry", "complaint"]
    assert classes(settings, model.id) == [
        ("inquiry", flags[0], model.id),
        ("complaint", flags[1], model.id),
        ("compliment", flags[2], model.id),
        ("opinion", False, "intake-1"),
    ]


def test_with_enrichment_off_only_what_was_stated_is_left(settings: Settings) -> None:
    assert classes(settings, "off") == [
        (None, None, None),
        (None, None, None),
        ("compliment", None, None),
        (None, None, None),
    ]


def test_a_model_that_has_answered_nothing_is_refused_by_name(settings: Settings) -> None:
    with pytest.raises(UsageError, match=r"no stored text was classified by `absent`; take one of `intake`, `off`"):
        snapshot(DeltaLake(settings.lake_path), "absent")


def test_every_metric_is_shown_under_both(settings: Settings, model: TextModel) -> None:
    reclassify(settings, model)
    lake = DeltaLake(settings.lake_path)
    metrics = [METRICS["complaint_share"]]
    sides = [snapshot(lake, name) for name in ("intake", model.id)]
    (found,) = enrichment_differences(sides[0], sides[1], metrics, settings.state_path / "asking")
    assert found.a is not None
    assert found.b is not None
    assert (found.a.value, found.b.value, found.difference) == (0.0, 0.25, 0.25)
    (same,) = enrichment_differences(sides[0], sides[0], metrics, settings.state_path / "asking")
    assert same.difference == 0


def test_a_warehouse_is_published_with_the_answers_of_a_model_or_of_none(settings: Settings, model: TextModel) -> None:
    reclassify(settings, model)
    found = {}
    for name in ("intake", model.id, "off"):
        chosen = msgspec.structs.replace(settings, enrichment=name)
        publication = publish(chosen)
        assert publication.is_new
        assert not publish(chosen).is_new
        with reading(publication.published.path(settings.published_path)) as connection:
            query = "select coalesce(record_class, '-'), count(*) from fct_feedback group by all"
            found[name] = dict(connection.execute(query).fetchall())
    assert found == {
        "intake": {"opinion": 3, "compliment": 1},
        model.id: {"inquiry": 1, "complaint": 1, "compliment": 1, "opinion": 1},
        "off": {"-": 3, "compliment": 1},
    }


def test_two_reclassifications_at_once_cannot_both_append(settings: Settings, model: TextModel) -> None:
    reclassify(settings, model)
    one, other = EnrichmentTable(settings.lake_path), EnrichmentTable(settings.lake_path)
    with duckdb.connect() as connection:
        rows = connection.sql("select * from read_parquet(?)", params=[one.files]).to_arrow_table()
    one.append(rows)
    with pytest.raises(RetryableError, match="run it again"):
        other.append(rows)
