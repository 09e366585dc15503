"""Which rows of `transitions` and `clocks` hold: those that no correction replaced.

A late event makes the rows of those after it be written again. About an event its newest transition holds, and of the
clocks' changes those that were written with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.domain.lake_tables import CLOCKS, EVENTS, TRANSITIONS

_PLACE: Final = ["event_key", "log", "partition", "offset"]
Mask = NDArray[np.bool_]


def holding(files: Mapping[str, Sequence[str]]) -> dict[str, Mask]:
    """For `transitions` and `clocks`, which rows of their files hold, in the files' order.

    Rows of a case whose events include one without a stated time do not count as holding: the moment of recording
    stands in for it, and what the case's clocks say follows from that.
    """
    transitions = _read(files["transitions"], TRANSITIONS, [*_PLACE, "known_at", "case_id"])
    clocks = _read(files["clocks"], CLOCKS, [*_PLACE, "case_id"])
    newest = newest_transitions(transitions)
    undated = _undated_cases(files["events"])
    return {
        "transitions": newest & ~_among(transitions.column("case_id"), undated),
        "clocks": valid_changes(clocks, transitions.filter(newest)) & ~_among(clocks.column("case_id"), undated),
    }


def newest_transitions(transitions: pa.Table) -> Mask:
    """Which rows are the newest about their event in their partition.

    Within a log the offset says it, because a broker's clock may step back. Between logs `known_at` does, each log's
    taken as never going back among the rows about one event.
    """
    partition, key, offset = (transitions.column(name).to_numpy() for name in ("partition", "event_key", "offset"))
    log = _codes(transitions.column("log"))
    order = np.lexsort((offset, log, key, partition))
    if len(order) and log.max() > log.min():
        known_us = transitions.column("known_at").cast(pa.int64()).to_numpy()[order]
        learnt = _never_back(known_us, _changes(partition[order], key[order], log[order]))
        order = order[np.lexsort((offset[order], log[order], learnt, key[order], partition[order]))]
    newest = np.zeros(len(order), np.bool_)
    newest[order[np.roll(_changes(partition[order], key[order]), -1)]] = True
    return newest


def _changes(*columns: NDArray[np.int64]) -> Mask:
    """Which rows differ in any column from the one before; the first row does."""
    differs = np.ones(len(columns[0]), np.bool_)
    differs[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return differs


def _never_back(values: NDArray[np.int64], begins: Mask) -> NDArray[np.int64]:
    """The greatest value so far in each group, as ranks; `begins` says where groups begin."""
    ranks = np.unique(values, return_inverse=True)[1]
    above = (np.cumsum(begins) - 1) * len(values)  # later groups lie above all before them
    greatest: NDArray[np.int64] = np.maximum.accumulate(ranks + above) - above
    return greatest


def valid_changes(clocks: pa.Table, newest: pa.Table) -> Mask:
    """Which changes of clocks were written with the newest transition of their event."""
    numbered = clocks.select(_PLACE).append_column("row", pa.array(np.arange(clocks.num_rows)))
    found = numbered.join(newest.select(_PLACE), _PLACE, join_type="left semi")
    valid = np.zeros(clocks.num_rows, np.bool_)
    valid[found.column("row").to_numpy()] = True
    return valid


def _undated_cases(files: Sequence[str]) -> pa.Array:
    """Case ids of events whose time intake took from the moment of recording."""
    events = _read(files, EVENTS, ["case_id", "time", "recordedtime"])
    undated = pc.and_(pc.equal(events.column("time"), events.column("recordedtime")), pc.is_valid(events["case_id"]))
    return events.filter(undated).column("case_id").unique()


def _among(values: pa.ChunkedArray, those: pa.Array) -> Mask:
    among: Mask = pc.is_in(values, those).to_numpy()
    return among


def _read(files: Sequence[str], schema: pa.Schema, names: Sequence[str]) -> pa.Table:
    none = schema.empty_table().select(names)
    return pa.concat_tables([none, *(pq.read_table(file, columns=list(names)) for file in files)])


def _codes(values: pa.ChunkedArray) -> NDArray[np.int64]:
    """Numbers in the order of the strings they stand for."""
    names = values.unique().sort()
    codes: NDArray[np.int64] = pc.index_in(values, names).cast(pa.int64()).to_numpy()
    return codes
