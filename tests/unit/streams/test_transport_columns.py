from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from pipeline.ports import RecordColumns
from streams.transport.columns import ColumnRecords, ColumnResults

TP = TopicPartition("t", 3)
COMMITTED, UNCOMMITTED = 1, 0
CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
ATTRIBUTES_AT, CRC_AT, LENGTH_AT, LAST_DELTA_AT = 21, 17, 8, 23


def kafka_batch(
    base: int,
    values: Sequence[bytes | None],
    *,
    codec: str = "none",
    producer: int = -1,
    transactional: bool = False,
    control_key: bytes | None = None,
    last: int | None = None,
) -> bytes:
    """One encoded record batch whose first offset is `base`; `last` when compaction removed its last records."""
    builder = DefaultRecordBatchBuilder(2, CODECS[codec], int(transactional), producer, 0, 0, 1 << 20)
    for index, value in enumerate([b""] if control_key else values):
        key = control_key or b"k%d" % index
        builder.append(index, 1_000 + index, key, value, [("h", b"1")] if index else [])
    data = bytearray(builder.build())
    struct.pack_into(">q", data, 0, base)
    if control_key:
        (attributes,) = struct.unpack_from(">h", data, ATTRIBUTES_AT)
        struct.pack_into(">h", data, ATTRIBUTES_AT, attributes | 0x20)
    if last is not None:
        struct.pack_into(">i", data, LAST_DELTA_AT, last - base)
    struct.pack_into(">I", data, CRC_AT, crc32c(bytes(data[ATTRIBUTES_AT:])))
    return bytes(data)


def crc32c(data: bytes) -> int:
    from aiokafka.record.util import calc_crc32c

    return int(calc_crc32c(data))


ABORT, COMMIT = b"\x00\x00\x00\x00", b"\x00\x00\x00\x01"


def fetched(
    *batches: bytes, at: int = 0, aborted: list[tuple[int, int]] | None = None, isolation: int = COMMITTED
) -> PartitionRecords:
    return PartitionRecords(
        TP, MemoryRecords(b"".join(batches)), aborted, at, None, None, check_crcs=True, isolation_level=isolation
    )


def columns(*batches: bytes, **kwargs: Any) -> list[RecordColumns]:
    return list(ColumnRecords(fetched(*batches, **kwargs)))


def assert_continuous(items: list[RecordColumns], start: int, end: int) -> None:
    positions = [start]
    for item in items:
        assert item.position == positions[-1]
        positions.append(item.next_offset)
    assert positions[-1] == end


@pytest.mark.parametrize("codec", CODECS)
def test_each_kafka_batch_becomes_columns_whatever_its_compression(codec: str) -> None:
    first, second = columns(kafka_batch(5, [b"a", None, b"c"], codec=codec), kafka_batch(8, [b"d"], codec=codec), at=5)
    assert (first.topic, first.partition, first.position, first.next_offset) == ("t", 3, 5, 8)
    assert first.offsets == [5, 6, 7]
    assert first.timestamps_ms == [1_000, 1_001, 1_002]
    assert first.keys == [b"k0", b"k1", b"k2"]
    assert first.values == [b"a", None, b"c"]
    assert [list(pairs) for pairs in first.headers] == [[], [("h", b"1")], [("h", b"1")]]
    assert second.values == [b"d"]
    assert_continuous([first, second], 5, 9)


def test_a_fetch_from_the_middle_of_a_kafka_batch_begins_there() -> None:
    (item,) = columns(kafka_batch(0, [b"a", b"b", b"c"]), at=1)
    assert (item.position, item.offsets, item.values) == (1, [1, 2], [b"b", b"c"])


def test_compacted_offsets_are_holes_in_offsets_and_none_in_positions() -> None:
    items = columns(kafka_batch(0, [b"a", b"b"], last=9), kafka_batch(15, [b"p"]))
    assert [item.offsets for item in items] == [[0, 1], [15]]
    assert_continuous(items, 0, 16)


def test_control_batches_are_skipped_and_accounted_for() -> None:
    commit = kafka_batch(2, [], producer=7, transactional=True, control_key=COMMIT)
    items = columns(kafka_batch(0, [b"a", b"b"], producer=7, transactional=True), commit, kafka_batch(3, [b"d"]))
    assert [value for item in items for value in item.values] == [b"a", b"b", b"d"]
    assert_continuous(items, 0, 4)


def test_a_fetch_of_nothing_but_control_records_still_moves_the_position() -> None:
    items = columns(kafka_batch(4, [], producer=7, transactional=True, control_key=COMMIT), at=4)
    assert [(item.position, item.next_offset, len(item)) for item in items] == [(4, 5, 0)]


def aborted_then_committed() -> list[bytes]:
    """Producer 7 aborts offsets 0 and 1, producer 8 commits 3 in between, then 7 commits 5."""
    return [
        kafka_batch(0, [b"lost", b"lost"], producer=7, transactional=True),
        kafka_batch(2, [b"kept"], producer=8, transactional=True),
        kafka_batch(3, [], producer=7, transactional=True, control_key=ABORT),
        kafka_batch(4, [], producer=8, transactional=True, control_key=COMMIT),
        kafka_batch(5, [b"kept too"], producer=7, transactional=True),
        kafka_batch(6, [], producer=7, transactional=True, control_key=COMMIT),
    ]


def test_records_of_aborted_transactions_are_skipped() -> None:
    items = columns(*aborted_then_committed(), aborted=[(7, 0)])
    assert [value for item in items for value in item.values] == [b"kept", b"kept too"]
    assert_continuous(items, 0, 7)


def test_uncommitted_reading_skips_control_records_only() -> None:
    items = columns(*aborted_then_committed(), aborted=[(7, 0)], isolation=UNCOMMITTED)
    assert len([value for item in items for value in item.values]) == 4
    assert_continuous(items, 0, 7)


def test_a_corrupt_batch_is_an_error_and_not_skipped() -> None:
    damaged = bytearray(kafka_batch(0, [b"abcdef"]))
    damaged[-3] ^= 0xFF
    with pytest.raises(CorruptRecordException):
        columns(bytes(damaged))


def a_result() -> FetchResult:
    return FetchResult(TP, assignment=None, partition_records=fetched(kafka_batch(0, [b"a"])), backoff=0)


def test_only_batch_topics_come_as_columns() -> None:
    results = ColumnResults(lambda topic: topic == "t")
    results[TP] = a_result()
    results[TopicPartition("table", 0)] = a_result()
    assert isinstance(next(results[TP]._partition_records), RecordColumns)
    assert next(results[TopicPartition("table", 0)]._partition_records).value == b"a"
