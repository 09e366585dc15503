"""Identities and places that were landed already, read back from the lake and looked up."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.domain.keyset import ABSENT, KeySet, days_of
from pipeline.domain.logs import Places
from pipeline.ports import LandedRows, TopicPartition


def landed_keys(
    landed_rows: LandedRows, places: Places, table: str, *, tp: TopicPartition, before: int, days: int
) -> KeySet:
    """Identities with their places for `events`, and places alone for the other tables; of rows below `before`."""
    keys = KeySet(days)
    rows = landed_rows.keys(table, tp, before, days)
    taken = places.of(rows.column("inbox_log"), rows.column("inbox_offset").to_numpy())
    key = rows.column("event_key").to_numpy() if table == "events" else taken
    keys.add(key, taken, days_of(rows.column("recorded_us").to_numpy()))
    return keys


def instants(rows: pa.Table) -> NDArray[np.int64]:
    """Microseconds at which the inbox took each row."""
    taken: NDArray[np.int64] = rows.column("recordedtime").cast(pa.int64()).to_numpy()
    return taken


def news_among(places: NDArray[np.int64], days: NDArray[np.int32], taken: KeySet) -> NDArray[np.bool_]:
    """Which inbox places are neither taken already nor a repeat inside the batch."""
    news: NDArray[np.bool_] = taken.lookup(places, days) == ABSENT
    first = np.zeros(len(places), np.bool_)
    first[np.unique(places, return_index=True)[1]] = True
    return news & first
