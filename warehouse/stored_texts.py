"""The stored texts that a model has not answered yet, in batches."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from warehouse.connections import building
from warehouse.enrichments import answered_keys


@dataclass(frozen=True, slots=True)
class StoredTexts:
    """Batches of `event_key`, `text` and `language` (stated or found), each event once.

    `unanswered` says how many there are, `answered` how many the model had answered before.
    """

    batches: Iterator[pa.RecordBatch]
    unanswered: int
    answered: int


@contextmanager
def unanswered_texts(
    events: Sequence[str], enrichments: Sequence[str], model: str, area: Path, batch_rows: int
) -> Iterator[StoredTexts]:
    """Texts of the lake's `events` files that `model` has no row for in the `enrichments` files; `area` is scratch."""
    shutil.rmtree(area, ignore_errors=True)
    area.mkdir(parents=True)
    files = ", ".join("'" + file.replace("'", "''") + "'" for file in events)
    with building(area / "texts.duckdb", spill=area / "spill") as connection:
        connection.execute(
            f"create temp table answered as select distinct event_key from ({answered_keys(enrichments)})",  # noqa: S608 - a SELECT of ours
            [model],
        ).fetchall()
        connection.execute(
            f"""
            create table waiting as
            select event_key, min_by(text, recordedtime) as text, min_by(language, recordedtime) as language
            from read_parquet([{files}], union_by_name = true, hive_partitioning = false)
            where text is not null and event_key not in (select event_key from answered)
            group by event_key
            """  # noqa: S608 - quoted paths of the lake
        ).fetchall()
        ((waiting,),) = connection.execute("select count(*) from waiting").fetchall()
        ((answered,),) = connection.execute("select count(*) from answered").fetchall()
        reader = connection.sql("select event_key, text, language from waiting order by event_key").to_arrow_reader(
            batch_rows
        )
        yield StoredTexts(iter(reader), int(waiting), int(answered))
    shutil.rmtree(area, ignore_errors=True)
