"""Which log an offset counts: a topic's name and its numbers outlive the log, so places say both.

A home may meet several logs of one name: it is pointed at another Kafka, a topic is made anew, a broker in memory is
new in every run. Each has an id of its own (`streams.log_identity`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

SEPARATOR: Final = "#"
"""Kafka allows it in no topic's name."""
OFFSET_BITS: Final = 48


def in_log(topic: str, log_id: str) -> str:
    """The name under which the lake keeps offsets of a topic: the topic and which log of that name it is.

    >>> in_log("feedback.events", "0f")
    'feedback.events#0f'
    """
    return f"{topic}{SEPARATOR}{log_id}"


def log_of(topic: str) -> str:
    """The log id in such a name; empty where none was given.

    >>> log_of("feedback.events#0f"), log_of("feedback.events")
    ('0f', '')
    """
    return topic.partition(SEPARATOR)[2]


class Places:
    """Numbers for places in one partition of any log: equal for the same log and offset, and for nothing else.

    They hold for the life of this object only; logs are numbered as they come.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def of(self, logs: pa.ChunkedArray, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place of each pair of log id and offset; never negative. Offsets below 2**48 are told apart."""
        coded = logs.combine_chunks().dictionary_encode()
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.combine_chunks()
        numbers = [self._numbers.setdefault(log, len(self._numbers)) for log in coded.dictionary.to_pylist()]
        shifted = np.array(numbers, np.int64) << OFFSET_BITS
        return shifted[coded.indices.to_numpy()] + offsets if len(offsets) else np.empty(0, np.int64)


def landed_order(logs: pa.ChunkedArray, offsets: NDArray[np.int64], recorded_us: NDArray[np.int64]) -> NDArray[np.intp]:
    """The order in which rows of one partition number were landed: indices into the three columns.

    Within a log its offsets say it. Between logs the moments of recording do, each log's taken as never going back,
    so that a home which went from one Kafka to another and back again reads its rows as it landed them.
    """
    codes = logs.combine_chunks().dictionary_encode()
    if isinstance(codes, pa.ChunkedArray):
        codes = codes.combine_chunks()
    log = codes.indices.to_numpy() if len(offsets) else np.empty(0, np.int32)
    order = np.lexsort((offsets, log))
    if len(codes.dictionary) <= 1:
        return order
    reached = recorded_us[order]
    begins = np.flatnonzero(np.diff(log[order], prepend=-1))
    for begin, end in zip(begins, [*begins[1:], len(order)], strict=True):
        np.maximum.accumulate(reached[begin:end], out=reached[begin:end])
    between: NDArray[np.intp] = np.lexsort((offsets[order], log[order], reached))
    return order[between]
