from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pipeline.domain.windows import MEASURES, Cell
from pipeline.services import ledger_rows
from pipeline.services.ledger_rows import event_rows, metric_records
from tests.log_builders import a_batch, a_logged_event

HOUR_US = 3_600_000_000


@pytest.mark.parametrize("at_once", [1, 2, 3, 7])
def test_rows_do_not_depend_on_how_many_are_made_at_once(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    odd: dict[str, Any] = {"subject": None, "traceparent": "00-1", "time": "2026-09-01t10:00:00.0000000z"}
    values = [a_logged_event(at, **(odd if at % 3 == 1 else {})) for at in range(6)]
    whole = event_rows(a_batch(values, 40, log="0f"))
    monkeypatch.setattr(ledger_rows, "ROWS_AT_ONCE", at_once)
    assert event_rows(a_batch(values, 40, log="0f")).equals(whole)


def test_a_batch_without_records_gives_no_rows() -> None:
    assert event_rows(a_batch([])).num_rows == 0


@pytest.mark.parametrize("units", [0, 1, 4_500_000, -2_250_000, 10**17 + 3, 10**25])
def test_a_metric_record_is_json_of_all_its_figures(units: int) -> None:
    cell = Cell(-7 * HOUR_US, 'a "web" \\ form', "доставка")
    figures = (5, 4, 3, 2, 1, 4, units)
    (key,), (value,) = (each for each in _columns([(cell, figures)]))
    assert msgspec.json.decode(key) == [cell.window_start_us, cell.channel, cell.category, 3]
    assert msgspec.json.decode(value) == {
        "window_start_us": cell.window_start_us,
        "window_end_us": -6 * HOUR_US,
        "channel": cell.channel,
        "category": cell.category,
        "partition": 3,
        **dict(zip(MEASURES[:-1], figures, strict=False)),
        "rating_sum": units / 1_000_000,
    }


def _columns(cells: list[tuple[Cell, tuple[int, ...]]]) -> tuple[list[bytes], list[bytes]]:
    records = metric_records(cells, 3, HOUR_US)
    return [key or b"" for key in records.keys], [value or b"" for value in records.values]
