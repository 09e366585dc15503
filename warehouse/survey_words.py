"""The registries of instruments and indices as relations, which the models join."""

from __future__ import annotations

import hashlib
from datetime import date
from itertools import pairwise
from typing import Final

import duckdb
import msgspec

from pipeline.metrics.indices import INDICES_FILE, Index, indices
from pipeline.metrics.instruments import INSTRUMENTS_FILE, instruments

_END: Final = date(9999, 1, 1)


def attach_survey_words(connection: duckdb.DuckDBPyConnection, all_indices: tuple[Index, ...] | None = None) -> None:
    """Make `instrument_definition` and `index_definition` temporary relations; `all_indices` are the registry's.

    One row per score of an instrument; one per item of an index's version, in force on the days [begins, ends).
    """
    connection.execute(
        """
        create or replace temp table instrument_definition (
            name varchar, instrument varchar, scale varchar, scale_min bigint, scale_max bigint, mode varchar,
            wording varchar, series varchar, pretest varchar, score varchar, kind varchar, rule varchar
        )
        """
    ).fetchall()
    connection.executemany(
        "insert into instrument_definition values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [
                *(each.name, each.instrument, f"{each.scale[0]}-{each.scale[1]}", *each.scale, each.mode),
                *(msgspec.json.encode(each.wording, order="sorted").decode(), each.series, each.pretest),
                *(score.name, score.kind, score.rule),
            ]
            for each in instruments()
            for score in each.scores
        ],
    )
    connection.execute(
        """
        create or replace temp table index_definition (
            index varchar, label varchar, definition_version integer, begins date, ends date, scale_min bigint,
            scale_max bigint, item varchar, weight double
        )
        """
    ).fetchall()
    connection.executemany(
        "insert into index_definition values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [each.name, each.label, each.version, each.begins, ends, *each.scale, item, weight]
            for each, ends in _in_force(indices() if all_indices is None else all_indices)
            for item, weight in each.weights().items()
        ],
    )


def survey_words_digest() -> str:
    """SHA-256 of both registries: equal digests give equal relations."""
    return hashlib.sha256(INSTRUMENTS_FILE.read_bytes() + b"\0" + INDICES_FILE.read_bytes()).hexdigest()


def _in_force(versions: tuple[Index, ...]) -> list[tuple[Index, date]]:
    """Each version with the day on which the next one of its index begins."""
    next_begins = {
        (before.name, before.version): after.begins
        for name in {index.name for index in versions}
        for before, after in pairwise([index for index in versions if index.name == name])
    }
    return [(index, next_begins.get((index.name, index.version), _END)) for index in versions]
