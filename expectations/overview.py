"""The first page of the data docs: one line a mart, readable without a network, a script or a style sheet.

Great Expectations' own index fetches scripts from elsewhere to show anything at all; its pages of single suites do not
need them, so this page leads there.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

OVERVIEW: Final = "overview.html"
PAGE: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Audit of the warehouse</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }}
table {{ border-collapse: collapse }}
caption {{ text-align: left; padding-bottom: .5rem }}
th, td {{ text-align: left; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid #8888 }}
td.n {{ text-align: right; font-variant-numeric: tabular-nums }}
</style></head>
<body><main>
<h1>Audit of the warehouse</h1>
<p>{verdict}</p>
<table>
<caption>What was checked in {published}</caption>
<thead><tr><th scope="col">Mart</th><th scope="col">Result</th><th scope="col">Rows looked at</th>
<th scope="col">Rules checked</th><th scope="col">Pages</th></tr></thead>
<tbody>
{rows}
</tbody></table>
<p><a href="index.html">Great Expectations' own index</a> needs a network to show itself.</p>
</main></body></html>
"""


class Verdict(Protocol):
    """What the checkpoint says of one mart."""

    @property
    def mart(self) -> str:
        """Its name."""

    @property
    def rows(self) -> int:
        """Rows looked at."""

    @property
    def checked(self) -> int:
        """Rules checked."""

    @property
    def broken(self) -> Sequence[str]:
        """Names of rules that did not hold."""

    @property
    def unable(self) -> Sequence[str]:
        """Names of rules that could not be checked."""


def write_overview(out: Path, published: str, verdicts: Sequence[Verdict]) -> Path:
    """Write the page into the data docs at `out`; returns its path. Holds names and counts, no value of any row."""
    faults = sum(len(each.broken) + len(each.unable) for each in verdicts)
    verdict = "Every rule holds." if not faults else f"{faults} rules do not hold or could not be checked."
    rows = "\n".join(_row(out, each) for each in verdicts)
    page = out / OVERVIEW
    page.write_text(PAGE.format(verdict=verdict, published=escape(published), rows=rows), encoding="utf-8")
    return page


def _row(out: Path, verdict: Verdict) -> str:
    said = [f"broken: {', '.join(verdict.broken)}"] if verdict.broken else []
    said += [f"not checked: {', '.join(verdict.unable)}"] if verdict.unable else []
    pages = sorted(
        page.relative_to(out) for name in (verdict.mart, f"{verdict.mart} across marts")
        for page in out.glob(f"validations/{name}/**/*.html")
    )  # fmt: skip
    links = ", ".join(
        f'<a href="{quote(page.as_posix())}">{escape(page.stem.removeprefix("marts-"))}</a>' for page in pages
    )
    return (
        f'<tr><th scope="row">{escape(verdict.mart)}</th><td>{escape("; ".join(said) or "holds")}</td>'
        f'<td class="n">{verdict.rows:,}</td><td class="n">{verdict.checked:,}</td><td>{links}</td></tr>'
    )
