"""Commands that go on until somebody tells them to stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from pipeline.services.stopping import Told, until_told_to_stop


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """The handlers that were there before, again."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_at_work_learns_that_it_was_told_and_is_not_called_again(number: signal.Signals) -> None:
    answers: list[bool] = []

    def work(told: Told) -> None:
        answers.append(told())
        if len(answers) == 2:
            signal.raise_signal(number)
            answers.append(told())

    until_told_to_stop(work, every_seconds=0.001)
    assert answers == [False, False, True]
