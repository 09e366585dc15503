from __future__ import annotations

from typing import Any

from pipeline.bootstrap.warm import warm
from pipeline.domain.cases import chain
from pipeline.domain.cases.fold import CaseFold
from tests.case_builders import a_policy_set, a_step, events_table


def test_a_worker_finds_all_of_the_fold_compiled_for_what_it_gives_it() -> None:
    functions: tuple[Any, ...] = (chain.fold_rows, chain.chained, chain.forget_all)
    warm()
    assert [len(each.signatures) for each in functions] == [1, 1, 1]
    steps = [a_step("closed", 9, event_key=3), a_step("received", event_key=1), a_step("acknowledged", 1, event_key=2)]
    fold = CaseFold(a_policy_set())
    fold.fold(events_table(steps))
    CaseFold.load(a_policy_set(), fold.snapshot()).fold(events_table([a_step("reopened", 10, event_key=4)]))
    assert [len(each.signatures) for each in functions] == [1, 1, 1]
