from __future__ import annotations

import pytest

from pipeline.domain.errors import FatalError
from pipeline.ports import TopicPartition
from pipeline.services.intake import Intake
from pipeline.services.rejection_limits import WINDOW, RejectionLimits
from tests.builders import records, structured
from tests.unit.services.echo import Echo

ONE, TWO = TopicPartition("feedback.inbox", 1), TopicPartition("feedback.inbox", 2)


def test_too_many_rejections_in_a_row_stop_the_worker_across_batches() -> None:
    limits = RejectionLimits(share=1.0, consecutive=5)
    limits.check(ONE, [False, True, True, True])
    limits.check(ONE, [True, True])
    with pytest.raises(FatalError, match=r"feedback\.inbox/1: more than 5 records in a row"):
        limits.check(ONE, [True])


def test_a_good_record_ends_a_run_and_partitions_count_apart() -> None:
    limits = RejectionLimits(share=1.0, consecutive=3)
    for _ in range(3):
        limits.check(ONE, [True, True, True, False])
    limits.check(ONE, [True, True, True])
    limits.check(TWO, [True, True, True])


def test_a_run_inside_a_batch_counts_though_the_batch_ends_well() -> None:
    with pytest.raises(FatalError):
        RejectionLimits(share=1.0, consecutive=3).check(ONE, [True] * 4 + [False])


def test_a_share_above_the_limit_stops_the_worker_only_once_the_window_is_full() -> None:
    limits = RejectionLimits(share=0.5, consecutive=WINDOW)
    limits.check(ONE, [True] * (WINDOW // 2 + 1))
    limits.check(TWO, [False] * (WINDOW // 2 - 2))
    with pytest.raises(FatalError, match="5001 of the last 10000"):
        limits.check(ONE, [False])


def test_the_window_slides_inside_one_large_batch() -> None:
    burst = [False] * WINDOW + [True] * 6_000 + [False] * WINDOW
    with pytest.raises(FatalError, match="6000 of the last"):
        RejectionLimits(share=0.5, consecutive=WINDOW).check(ONE, burst)
    RejectionLimits(share=0.6, consecutive=WINDOW).check(ONE, burst)


def test_the_default_limits_stop_nobody() -> None:
    limits = RejectionLimits(share=1.0, consecutive=1_000_000)
    limits.check(ONE, [True] * 30_000)


def test_intake_stops_where_a_limit_is_passed() -> None:
    intake = Intake(Echo(), consecutive_rejections_limit=2)
    assert len(intake.process(records([b"", b"", structured(), b"", b""])).rejected) == 4
    with pytest.raises(FatalError):
        intake.process(records([b""], position=5))
