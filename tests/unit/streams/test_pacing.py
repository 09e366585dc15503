from __future__ import annotations

from streams.pacing import Pace


def test_a_partition_with_nothing_ahead_takes_any_size() -> None:
    assert Pace(100).may_send(0, 5_000)


def test_what_was_sent_counts_before_it_is_acknowledged() -> None:
    pace = Pace(100)
    pace.sent(0, 80)
    assert not pace.may_send(0, 30)
    assert pace.may_send(0, 20)
    assert pace.may_send(1, 30)


def test_only_what_landed_whole_is_forgotten() -> None:
    pace = Pace(100)
    for next_offset in (10, 20):
        pace.sent(0, 50)
        pace.acknowledged(0, next_offset, 50)
    assert pace.landed({0: 19}) == 50
    assert not pace.may_send(0, 51)
    assert pace.landed({0: 20}) == 50
    assert pace.may_send(0, 5_000)


def test_landing_elsewhere_frees_nothing() -> None:
    pace = Pace(100)
    pace.sent(0, 100)
    pace.acknowledged(0, 10, 100)
    assert pace.landed({1: 99}) == 0
    assert not pace.may_send(0, 1)
