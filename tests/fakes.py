"""Small stand-ins that are held to the same contracts as the real adapters."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain.errors import FatalError
from pipeline.domain.lake_tables import TABLES
from pipeline.ports import Span, TopicPartition


class MemorySink:
    """The `Sink` in memory; `tests/contract/test_sink.py` keeps it honest."""

    def __init__(self) -> None:
        self.tables: dict[str, pa.Table] = {}
        self.offsets: dict[str, dict[TopicPartition, int]] = {}

    def next_offsets(self, table: str, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        stands = self.offsets.get(table, {})
        return {tp: stands[tp] for tp in partitions if tp in stands}

    def append(self, table: str, rows: pa.Table, spans: Mapping[TopicPartition, Span]) -> frozenset[TopicPartition]:
        stands = self.offsets.setdefault(table, {})
        for tp, span in spans.items():
            if span.position > stands.get(tp, 0):
                raise FatalError(f"{table}: a hole before {span.position} of {tp.topic}/{tp.partition}")
        moved = {tp: stands.get(tp, 0) for tp, span in spans.items() if span.next_offset > stands.get(tp, 0)}
        parts = [self.rows(table)]
        for tp, begin in moved.items():
            at = (pc.field("partition") == tp.partition) & (pc.field("offset") >= begin)
            parts.append(rows.filter(at))
        self.tables[table] = pa.concat_tables(parts)
        stands.update({tp: spans[tp].next_offset for tp in moved})
        return frozenset(moved)

    def compact(self, table: str) -> None:
        """Memory needs none."""

    def rows(self, table: str) -> pa.Table:
        return self.tables.get(table, TABLES[table].empty_table())
