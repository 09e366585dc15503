"""When so much is refused that going on would divert a whole channel instead of a few bad events."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from pipeline.domain.errors import FatalError
from pipeline.ports import TopicPartition

WINDOW = 10_000
"""Over how many of its last records a worker's share of rejections is taken."""


class RejectionLimits:
    """Counts rejections over batches, of all partitions together and in a row on each.

    The share is judged only over a full window, so that a first bad event stops nobody. Counts are the worker's own:
    they begin anew with it.
    """

    def __init__(self, *, share: float, consecutive: int) -> None:
        self._share = share
        self._consecutive = consecutive
        self._window = np.zeros(0, dtype=np.bool_)
        self._runs: dict[TopicPartition, int] = {}

    def check(self, tp: TopicPartition, refused: Sequence[bool]) -> None:
        """Take the outcomes of one batch, in order; raise `FatalError` where a limit is passed."""
        self._check_run(tp, refused)
        outcomes = np.concatenate([self._window, np.array(refused, dtype=np.bool_)])
        self._window = outcomes[-WINDOW:]
        if len(outcomes) < WINDOW:
            return
        sums = np.concatenate([[0], np.cumsum(outcomes)])
        most = int((sums[WINDOW:] - sums[:-WINDOW]).max())
        if most > self._share * WINDOW:
            raise FatalError(
                f"{tp.topic}/{tp.partition}: {most} of the last {WINDOW} records were rejected, more than the share of "
                f"{self._share} that `rejected_share_limit` allows. Look at the dead letters, mend the channel or "
                "raise the limit, and start the worker again."
            )

    def _check_run(self, tp: TopicPartition, refused: Sequence[bool]) -> None:
        run = self._runs.get(tp, 0)
        for is_refused, group in groupby(refused):
            run = run + len(list(group)) if is_refused else 0
            if run > self._consecutive:
                raise FatalError(
                    f"{tp.topic}/{tp.partition}: more than {self._consecutive} records in a row were rejected "
                    "(`consecutive_rejections_limit`). Look at the dead letters, mend the channel or raise the limit, "
                    "and start the worker again."
                )
        self._runs[tp] = run
