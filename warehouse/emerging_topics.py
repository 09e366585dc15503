"""Emerging phrases as a source of the models: counted from the texts of the feedback that is being built."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.kept_topics import keep_phrases, kept_phrases

if TYPE_CHECKING:
    from pipeline.topics.counting import Texts

SOURCE: Final = "emerging_phrase"
MOST_DAYS: Final = 364
MOST_TEXTS: Final = 400_000
"""So many texts are counted at most: the newest whole days that hold no more together."""

_LONGEST: Final = 1_000
_BATCH_ROWS: Final = 8_192
_EMPTY: Final = f"""
    create or replace temp table {SOURCE} (
        grain varchar, period_start date, period_end date, language varchar, phrase varchar, topic varchar,
        numerator bigint, denominator bigint, centre double, ucl double, p_value double, q_value double,
        is_signal boolean
    )
"""
_DAYS: Final = f"""
    with span as (
        select min(received_date) + 1 as first_day,
            least(max(received_date), (any_value(as_known_at) at time zone 'UTC')::date) - 1 as last_day
        from fct_feedback, lake_snapshot
    ), daily as (
        select received_date as day, count(*) as texts from fct_feedback where text is not null group by all
    ), newest as (
        select day, last_day, sum(texts) over (order by day desc) as texts
        from daily, span
        where day between greatest(first_day, last_day - {MOST_DAYS - 1}) and last_day
    )
    select min(day), any_value(last_day) from newest where texts <= $1
"""  # noqa: S608 - a number of ours
# an address or a link says nothing, and a digit parts what stood around it
_TEXTS: Final = rf"""
    select
        received_date as day,
        coalesce(language, 'und') as language,
        regexp_replace(left(text, {_LONGEST}), '(?:https?://|www\.)\S+|\S+@\S+', ' 0 ', 'gi') as text
    from fct_feedback
    where text is not null and received_date between $1 and $2
"""  # noqa: S608 - a number of ours

_DIGEST: Final = "count(*), sum(hash(day, language, text)::hugeint)"  # of a set: no order, and repeats count


def attach_no_topics(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `emerging_phrase` a temporary relation without rows: what is asked of a past moment has no topics."""
    connection.execute(_EMPTY).fetchall()


def attach_topics(connection: duckdb.DuckDBPyConnection, kept: Path) -> None:
    """Make `emerging_phrase` from the texts of `fct_feedback`, which stands already.

    A row per grain, period, language and phrase above its limit (`pipeline.topics.emerging`). Texts of the newest whole
    UTC days count, of at most 364 days and 400,000 texts; a lake whose baseline does not fit has no topics. The file
    `kept` saves counting again while those texts are the same, as they are until a day ends or late ones come.
    """
    attach_no_topics(connection)
    (bounds,) = connection.execute(_DAYS, [MOST_TEXTS]).fetchall()
    first, last = bounds
    if first is None:
        return
    texts = connection.sql(_TEXTS, params=[first, last])
    (digest,) = connection.execute(f"select {_DIGEST} from ({_TEXTS})", [first, last]).fetchall()  # noqa: S608 - ours
    said = f"{first} {last} {digest[0]} {digest[1]}"
    found = kept_phrases(kept, said)
    if found is None:
        found = _counted(texts.to_arrow_table(), first, last)
        keep_phrases(kept, said, found)
    connection.register("found_phrases", found)
    try:
        connection.execute(f"insert into {SOURCE} select * from found_phrases").fetchall()  # noqa: S608 - our own name
    finally:
        connection.unregister("found_phrases")


def _counted(texts: pa.Table, first: date, last: date) -> pa.Table:
    from pipeline.topics.emerging import emerging_phrases  # noqa: PLC0415 - loads a compiler

    languages = sorted(pc.unique(texts.column("language")).to_pylist())
    batches = list(_batches(texts.sort_by("day"), languages, first))
    return emerging_phrases(batches, languages, first, (last - first).days + 1)


def _batches(texts: pa.Table, languages: list[str], first: date) -> Iterator[Texts]:
    """Batches of one day each, days in order."""
    from pipeline.topics.counting import Texts  # noqa: PLC0415 - loads a compiler

    codes = pc.index_in(texts.column("language"), pa.array(languages, pa.string())).to_numpy().astype(np.int32)
    days = texts.column("day").cast(pa.int32()).to_numpy()
    words = texts.column("text")
    begins = np.flatnonzero(np.diff(days, prepend=-1)).tolist()
    for begin, end in zip(begins, [*begins[1:], len(days)], strict=True):
        period = int(days[begin]) - (first - date(1970, 1, 1)).days
        for at in range(begin, end, _BATCH_ROWS):
            rows = min(_BATCH_ROWS, end - at)
            yield Texts(period, words.slice(at, rows).combine_chunks(), codes[at : at + rows])
