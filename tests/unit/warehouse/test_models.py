from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.domain.errors import FatalError
from warehouse.models import SOURCES, load_models, models_digest

HEADER = "-- Grain: one row\n-- Keys: a\n-- Meaning: a test\n-- Upstream: see below\n"


def write(folder: Path, **models: str) -> Path:
    for name, sql in models.items():
        (folder / f"{name}.sql").write_text(HEADER + sql, encoding="utf-8")
    return folder


def test_models_come_after_what_they_refer_to(tmp_path: Path) -> None:
    write(
        tmp_path,
        agg_a="select * from fct_b",
        fct_b="with agg_a as (select 1) select * from stg_c, agg_a",
        stg_c="select 1",
    )
    assert [model.name for model in load_models(tmp_path)] == ["stg_c", "fct_b", "agg_a"]


def test_an_unknown_reference_is_named_with_its_model(tmp_path: Path) -> None:
    write(tmp_path, fct_b="select * from nowhere join lake_events using (a)")
    with pytest.raises(FatalError, match="fct_b refers to nowhere"):
        load_models(tmp_path)


def test_a_cycle_names_its_models(tmp_path: Path) -> None:
    write(tmp_path, fct_a="select * from fct_b", fct_b="select * from fct_a")
    with pytest.raises(FatalError, match=r"circle: fct_. → fct_. → fct_."):
        load_models(tmp_path)


def test_a_model_without_a_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fct_a.sql").write_text("-- Grain: x\nselect 1", encoding="utf-8")
    with pytest.raises(FatalError, match=r"fct_a\.sql lacks Keys, Meaning, Upstream"):
        load_models(tmp_path)


def test_sql_that_does_not_parse_is_named(tmp_path: Path) -> None:
    write(tmp_path, fct_a="select from where (")
    with pytest.raises(FatalError, match=r"fct_a\.sql does not parse"):
        load_models(tmp_path)


def test_headers_name_exactly_the_upstream_that_the_sql_uses() -> None:
    for model in load_models():
        line = next(line for line in model.sql.splitlines() if line.startswith("-- Upstream:"))
        assert set(line.removeprefix("-- Upstream:").replace(" ", "").split(",")) == model.upstream, model.name


def test_staging_alone_reads_the_lake() -> None:
    for model in load_models():
        lake = {name for name in model.upstream & set(SOURCES) if name.startswith("lake_") and name != "lake_snapshot"}
        assert model.is_staging or not lake, model.name


def test_the_digest_follows_the_sql_and_not_the_order(tmp_path: Path) -> None:
    models = load_models(write(tmp_path, fct_a="select 1", fct_b="select 2"))
    other = load_models(write(tmp_path, fct_b="select 3"))
    assert models_digest(models) == models_digest(models[::-1]) != models_digest(other)
