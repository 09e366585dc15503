"""What people see of the scorecard, and what programs read."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date

import pytest
from rich.console import Console

from pipeline.cli.scorecard_view import bar, show, sparkline, to_json
from pipeline.services.scorecard import CategoryLine, Flow, Measure, Portion, Scorecard, Unusual, change_of
from pipeline.services.scorecard_cases import CaseFigures
from pipeline.statistics.estimate import Estimate, unknown
from pipeline.statistics.proportions import wilson

FULL = Scorecard(
    first_day=date(2026, 1, 1),
    last_day=date(2026, 6, 30),
    flow=Flow(1_000_000, 980_000, 17_000, 3_000),
    feedback=400_000,
    classes=(Portion("complaint", 150_000, wilson(150_000, 400_000)),),
    complaint_share=wilson(150_000, 400_000),
    categories=(
        CategoryLine(
            *("advertising_information", "Advertising and information", 44_000, wilson(44_000, 150_000)),
            *(1_700, 1_200, change_of(1_700, 1_200), (1, 5, 3)),
        ),
    ),
    measures=(
        Measure("CSAT", "share", wilson(80, 100), (0.7, None, 0.9)),
        Measure("NPS", "points", unknown("nps adjusted wald"), ()),
    ),
    languages=(Portion("uk", 240_000, wilson(240_000, 400_000)),),
    channels=(Portion("email", 100_000, wilson(100_000, 400_000)),),
    cases=(Portion("closed", 10, wilson(10, 12)), Portion("reopened", 2, wilson(2, 12))),
    safety=Portion("safety", 7, wilson(7, 400_000)),
    unusual=Unusual(date(2026, 3, 15), "billing_price", "Billing and price", 143, 9.0, 14.1, 179),
    dead_letters=(Portion("not_json", 3_000, wilson(3_000, 3_000)),),
    case_figures=CaseFigures(
        received=150_000,
        open_now=12_345,
        closed=130_000,
        ended_otherwise=7_655,
        overdue_now=1_234,
        median_hours_to_close=Estimate(36.25, 36.0, 49.0, 150_000, "kaplan-meier, log-log"),
        p90_hours_to_close=Estimate(None, 1_000.0, None, 150_000, "kaplan-meier, log-log"),
        breached=wilson(9_000, 280_000),
        reopened=wilson(6_000, 135_000),
        upheld=unknown("wilson"),
    ),
)
EMPTY = Scorecard(
    None,
    None,
    Flow(0, 0, 0, 0),
    0,
    (),
    unknown("wilson"),
    (),
    (),
    (),
    (),
    (),
    Portion("safety", 0, unknown("wilson")),
    None,
    (),
)


def printed(card: Scorecard, **options: bool | int) -> str:
    out = io.StringIO()
    show(card, Console(file=out, width=int(options.get("width", 120)), force_terminal=bool(options.get("terminal"))))
    return out.getvalue()


def test_people_read_labels_whole_and_programs_ids() -> None:
    page = printed(FULL)
    assert "Billing and price: 143 where 9 are usual" in page
    assert "billing_price" not in page
    assert "Advertising and" in page
    assert "information" in page
    assert json.loads(to_json(FULL))["categories"][0]["name"] == "advertising_information"


def test_the_page_keeps_to_eighty_columns_and_cuts_no_figure() -> None:
    lines = printed(FULL).splitlines()
    assert max(map(len, lines)) == 80
    whole = "\n".join(lines)
    assert "1,000,000 read = 980,000 accepted + 17,000 duplicates + 3,000 dead letters" in whole
    cells = [cell for line in lines for cell in line.split() if cell.endswith("…")]
    assert cells == ["…"]  # the one between the two dates


def test_a_narrow_terminal_cuts_no_figure_either() -> None:
    assert "71.1 – 86.7 %" in printed(FULL, width=50)


def test_an_output_without_unicode_gets_the_figures_all_the_same() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    show(FULL, Console(file=out, width=80))
    out.flush()
    assert b"1,000,000 read = 980,000 accepted" in raw.getvalue()


def test_every_share_stands_beside_its_interval_and_n() -> None:
    text = printed(FULL)
    line = next(line for line in text.splitlines() if "CSAT" in line)
    assert "80.0% 71.1 – 86.7 % 100" in " ".join(line.split())
    assert "n 400,000" in text


def test_cases_stand_with_their_intervals_and_n() -> None:
    text = " ".join(printed(FULL).replace("│", " ").split())
    assert "150,000 received: 12,345 open now (1,234 overdue), 130,000 closed, 7,655 ended otherwise" in text
    assert "half are closed within 36.2 h 36.0 h – 49.0 h 150,000" in text
    assert "90 % are closed within – too many open 150,000" in text
    assert "clocks breached 3.2% 3.1 – 3.3 % 280,000" in text
    assert "fully upheld when closed – none so far 0" in text


def test_a_warehouse_without_cases_has_no_section_for_them() -> None:
    assert "open now" not in printed(replace(FULL, case_figures=None))


def test_unknown_is_shown_as_such() -> None:
    assert "no answers" in printed(FULL)


def test_an_empty_warehouse_gets_a_sentence() -> None:
    assert "holds no feedback yet" in printed(EMPTY)


def test_without_a_terminal_no_colour_codes_are_written() -> None:
    assert "\x1b" not in printed(FULL)


def test_no_color_is_respected_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[31m" in printed(FULL, terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in printed(FULL, terminal=True)


def test_json_is_one_document_with_intervals() -> None:
    card = json.loads(to_json(FULL))
    assert card["flow"] == {"read": 1_000_000, "accepted": 980_000, "duplicates": 17_000, "dead_letters": 3_000}
    assert set(card["complaint_share"]) == {"value", "lo", "hi", "n", "method", "confidence"}


def test_a_sparkline_spans_its_lowest_and_highest_and_leaves_gaps() -> None:
    assert sparkline([1.0, None, 8.0]) == "▁ █"
    assert sparkline([5.0, 5.0]) == "▁▁"
    assert sparkline([None]) == ""
    assert sparkline([1.0, 2.0, 9.0], width=2) == "▁█"


def test_a_bar_is_exact_to_an_eighth_and_never_leaves_its_width() -> None:
    assert bar(0.5, 4) == "██"
    assert bar(1 / 32, 4) == "▏"
    assert bar(7.0, 4) == "████"
