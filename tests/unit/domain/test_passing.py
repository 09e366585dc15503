"""Time passes only up to what has landed."""

from __future__ import annotations

import pytest

from pipeline.domain.passing import Ends, Mark, passing


@pytest.mark.parametrize(
    ("mark", "ends", "expected"),
    [
        # nothing is on its way: the moment has passed at once
        (None, Ends(inbox=5, intake=5, log=9, landed=9), (None, 100)),
        (None, Ends(inbox=0, intake=0, log=0, landed=0), (None, 100)),
        # intake has yet to take in what the inbox holds
        (None, Ends(inbox=5, intake=4, log=9, landed=9), (Mark(100, 5), None)),
        (Mark(60, 5), Ends(inbox=8, intake=4, log=9, landed=9), (Mark(60, 5), None)),
        # it has; now the log up to here has to land, whatever came to the inbox since
        (Mark(60, 5), Ends(inbox=8, intake=5, log=12, landed=9), (Mark(60, 5, 12), None)),
        (Mark(60, 5, 12), Ends(inbox=8, intake=8, log=20, landed=11), (Mark(60, 5, 12), None)),
        (Mark(60, 5, 12), Ends(inbox=8, intake=8, log=20, landed=12), (None, 60)),
    ],
)
def test_a_moment_has_passed_once_all_that_was_known_then_has_landed(
    mark: Mark | None, ends: Ends, expected: tuple[Mark | None, int | None]
) -> None:
    assert passing(mark, 100, ends) == expected


def test_time_passes_though_records_never_stop_coming() -> None:
    mark, passed = None, []
    for now in range(0, 100, 10):
        mark, until = passing(mark, now, Ends(inbox=now + 10, intake=now, log=now, landed=now - 10))
        passed += [] if until is None else [until]
    assert passed
    assert passed == sorted(passed)
    assert all(until < 100 for until in passed)
