"""Each way in which stock Faust was seen to lose records, as a claim that this transport does not.

Stock Faust 0.15.3 committed past gaps in acks, past an exception in `async for`, inside `take` and under `noack`, and
crash-looped on a value its serializer could not read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.transport_setup import Topics, Workers, publish, topics_on

pytestmark = pytest.mark.kafka
COUNT = 60


@pytest.fixture(scope="module")
def topics(request: pytest.FixtureRequest) -> Iterator[Topics]:
    yield from topics_on("kafka", request)


@pytest.fixture
def workers(topics: Topics, tmp_path: Path) -> Callable[..., Workers]:
    def make(**options: object) -> Workers:
        topic = topics.new(1)
        return Workers(topics.bootstrap, topic, tmp_path / topic, settings_batch_records=10, **options)

    return make


def publish_in_tens(group: Workers) -> None:
    rows = [(0, b"k", b"value %d" % number) for number in range(COUNT)]
    publish(group.bootstrap, group.topic, rows, options={"batch.num.messages": 10})


@pytest.mark.parametrize("mode", ["plain", "take", "noack", "batch", "group"])
def test_an_exception_loses_nothing_and_is_seen(workers: Callable[..., Workers], mode: str) -> None:
    with workers(mode=mode) as group:
        publish_in_tens(group)
        assert group.exit_code(group.start(at=35)) == 1
        assert "BrokenAgentError" in group.errors()
        assert "somebody's feedback" not in group.errors()
        assert group.offsets(1)[0] <= 35
        assert 35 not in group.covered()[0]
        group.start()
        group.wait_for(COUNT)


def test_a_gap_in_what_is_done_is_not_committed_over(workers: Callable[..., Workers]) -> None:
    with workers(mode="never-done") as group:
        publish_in_tens(group)
        worker = group.start(at=25)
        group.wait_for(10)
        time.sleep(2)
        group.leave(worker)
        assert group.offsets(1)[0] <= 25
        group.start()
        group.wait_for(COUNT)


def test_bytes_that_no_serializer_reads_are_delivered_like_any_other(workers: Callable[..., Workers]) -> None:
    odd = [b"", b"\xff\xfe\x00", b"{not json", b"null", None]
    with workers() as group:
        publish(group.bootstrap, group.topic, [(0, b"\xff", value) for value in odd])
        group.start()
        group.wait_for(len(odd))
        assert group.running[0].poll() is None
