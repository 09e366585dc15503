from __future__ import annotations

from pipeline.ports import RecordColumns, TopicPartition
from streams.transport.batch import Batch
from streams.transport.tracks import Held, Limits, Track, Tracks

TP = TopicPartition("t", 0)
SMALL = Limits(records=10, payload_bytes=1_000, seconds=1.0, outstanding=2, memory_bytes=10_000)


def chunk(position: int, count: int, *, next_offset: int | None = None, size: int = 1) -> RecordColumns:
    """`count` records from `position` on, `size` bytes each; `next_offset` when the Kafka batch ends in a hole."""
    offsets = list(range(position, position + count))
    return RecordColumns(
        topic="t",
        partition=0,
        position=position,
        next_offset=position + count if next_offset is None else next_offset,
        offsets=offsets,
        timestamps_ms=[1_000 + offset for offset in offsets],
        keys=[None] * count,
        values=[b"v" * size] * count,
        headers=[[]] * count,
    )


def new_batch(held: Held) -> Batch:
    return Batch(held.columns, 1, lambda: 1, lambda: None, held.payload_bytes)


def a_track(*, start: int = 0, committed: int | None = None, limits: Limits = SMALL) -> Track:
    return Track(TP, start, committed, limits)


def sent(track: Track, now: float) -> Batch:
    batch = track.complete(new_batch, now)
    assert batch is not None
    return batch


def test_chunks_are_joined_until_there_are_enough_records() -> None:
    track = a_track()
    track.take([chunk(0, 4), chunk(4, 3)], now=0.0)
    assert track.complete(new_batch, 0.0) is None
    track.take([chunk(7, 3)], now=0.1)
    columns = sent(track, 0.1).columns
    assert (columns.position, columns.next_offset, columns.offsets) == (0, 10, list(range(10)))
    assert columns.timestamps_ms == [1_000 + offset for offset in range(10)]
    assert len(columns.keys) == len(columns.values) == len(columns.headers) == 10


def test_a_batch_goes_out_when_its_oldest_record_has_waited_long_enough() -> None:
    track = a_track()
    track.take([chunk(0, 1)], now=5.0)
    track.take([chunk(1, 1)], now=5.9)
    assert track.due_in(5.25) == 0.75
    assert track.complete(new_batch, 5.99) is None
    assert len(sent(track, 6.0)) == 2


def test_a_batch_does_not_grow_past_its_bytes() -> None:
    track = a_track()
    track.take([chunk(0, 3, size=300), chunk(3, 1, size=300)], now=0.0)
    assert sent(track, 0.0).payload_bytes == 900
    assert track.complete(new_batch, 0.0) is None
    assert sent(track, 1.0).columns.offsets == [3]


def test_a_chunk_larger_than_a_batch_goes_alone_and_whole() -> None:
    track = a_track()
    track.take([chunk(0, 1), chunk(1, 25, size=100), chunk(26, 1)], now=0.0)
    assert [len(sent(track, 0.0)), len(sent(track, 0.0))] == [1, 25]


def test_a_chunk_that_begins_too_late_is_refused_and_what_came_before_it_is_kept() -> None:
    track = a_track()
    track.take([chunk(0, 2), chunk(5, 2)], now=0.0)
    assert track.expected == 2
    track.take([chunk(2, 5)], now=0.1)
    assert sent(track, 1.1).columns.offsets == [0, 1, 2, 3, 4, 5, 6]


def test_a_chunk_that_was_seen_is_dropped() -> None:
    track = a_track()
    track.take([chunk(0, 3)], now=0.0)
    track.take([chunk(0, 3), chunk(3, 1)], now=0.0)
    assert sent(track, 1.0).columns.offsets == [0, 1, 2, 3]


def test_a_chunk_that_overlaps_what_was_seen_is_refused() -> None:
    track = a_track()
    track.take([chunk(0, 3)], now=0.0)
    track.take([chunk(2, 3)], now=0.0)
    assert track.expected == 3


def test_offsets_may_have_holes_where_positions_have_none() -> None:
    track = a_track()
    compacted = chunk(0, 2, next_offset=6)
    track.take([compacted, chunk(6, 1)], now=0.0)
    assert sent(track, 1.0).columns.offsets == [0, 1, 6]


def test_nothing_is_committable_until_a_batch_is_done() -> None:
    track = a_track(start=7, committed=7)
    track.take([chunk(7, 10)], now=0.0)
    batch = sent(track, 0.0)
    assert track.committable() is None
    batch.mark_done()
    assert track.committable() == 17


def test_nothing_is_committable_past_a_batch_that_is_not_done() -> None:
    track = a_track(committed=0)
    track.take([chunk(0, 10), chunk(10, 10)], now=0.0)
    first, second = sent(track, 0.0), sent(track, 0.0)
    second.mark_done()
    assert track.committable() is None
    first.mark_done()
    assert track.committable() == 20


def test_what_was_committed_is_not_committed_again() -> None:
    track = a_track(committed=0)
    track.take([chunk(0, 10)], now=0.0)
    sent(track, 0.0).mark_done()
    track.committed = track.committable()
    assert track.committable() is None


def test_offsets_without_records_are_committable_when_nothing_before_them_is_open() -> None:
    track = a_track(committed=0)
    track.take([chunk(0, 10), chunk(10, 0, next_offset=12)], now=0.0)
    batch = sent(track, 0.0)
    assert track.committable() is None
    batch.mark_done()
    assert track.committable() == 12
    assert track.complete(new_batch, 99.0) is None


def test_records_after_skipped_offsets_wait_from_their_own_arrival() -> None:
    track = a_track()
    track.take([chunk(0, 0, next_offset=5)], now=0.0)
    track.take([chunk(5, 1)], now=50.0)
    assert track.due_in(50.0) == 1.0
    assert sent(track, 51.0).columns.position == 0


def test_an_agent_never_has_more_batches_of_a_partition_than_allowed() -> None:
    track = a_track()
    track.take([chunk(10 * number, 10) for number in range(4)], now=0.0)
    first = sent(track, 0.0)
    sent(track, 0.0)
    assert track.complete(new_batch, 9.0) is None
    assert not track.wants_more
    first.mark_done()
    track.drop_done()
    assert sent(track, 9.0).columns.position == 20


def test_a_slow_agent_gets_a_fuller_batch_next() -> None:
    track = a_track()
    for position in (0, 1):
        track.take([chunk(position, 1)], now=float(position))
        sent(track, position + 1.0)
    assert track.wants_more
    track.take([chunk(2, 5)], now=3.0)
    assert track.due_in(99.0) is None
    assert track.wants_more
    track.take([chunk(7, 5)], now=4.0)
    assert not track.wants_more


def test_fetching_stops_while_too_much_is_in_memory() -> None:
    tracks = Tracks(SMALL)
    other = TopicPartition("t", 1)
    tracks.begin({TP: (0, None), other: (0, None)})
    assert tracks.wanted() == {TP, other}
    track = tracks.by_partition[TP]
    track.take([chunk(0, 40)], now=0.0)
    assert tracks.wanted() == set()
    sent(track, 0.0).mark_done()
    assert tracks.wanted() == {TP, other}


def test_batches_of_an_earlier_assignment_are_not_current() -> None:
    tracks = Tracks(SMALL)
    tracks.begin({TP: (0, None)})
    epoch = tracks.epoch
    batch = Batch(chunk(0, 1), epoch, lambda: tracks.epoch, lambda: None)
    assert batch.is_current
    tracks.forget()
    assert not batch.is_current


def test_a_new_assignment_knows_nothing_of_batches_of_the_last_one() -> None:
    tracks = Tracks(SMALL)
    tracks.begin({TP: (0, 0)})
    tracks.by_partition[TP].take([chunk(0, 10)], now=0.0)
    late = sent(tracks.by_partition[TP], 0.0)
    tracks.begin({TP: (0, 0)})
    late.mark_done()
    assert tracks.by_partition[TP].committable() is None


def test_the_next_poll_waits_no_longer_than_the_next_batch() -> None:
    tracks = Tracks(SMALL)
    tracks.begin({TP: (0, None)})
    assert tracks.due_in(0.0, 0.5) == 0.5
    tracks.by_partition[TP].take([chunk(0, 1)], now=0.0)
    assert tracks.due_in(0.75, 0.5) == 0.25


def test_marking_done_twice_tells_the_consumer_once() -> None:
    told: list[int] = []
    batch = Batch(chunk(0, 1), 1, lambda: 1, lambda: told.append(1))
    batch.mark_done()
    batch.mark_done()
    assert told == [1]
